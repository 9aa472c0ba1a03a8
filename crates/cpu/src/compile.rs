//! From a program to an executable: regions, a plan of memory, and each region made ready to run.
use crate::{
    access::View,
    executable::{Code, CopyBlock, Executable, Job, Memory, Parts, Product},
    follow::{Follow, read_outside},
    fuse::{epilogue::following, fuse},
    gemm::{
        self, Gemm, GemmSpec,
        convolution::{self, Convolution},
    },
    isa::{Isa, isa},
    memory::{Home, Plan, plan},
    profile,
    region::{Dense, Fused, Id, Loop, Matrix, Region, Regions},
    tile::{Layout, RowBlocks, Tiles, link},
};
use bouton_array::{Array, Type};
use bouton_ir::{Invalid, Program, simplify, verify};
use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex},
};

/// Why a program cannot be compiled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CompileError(String);

impl fmt::Display for CompileError {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for CompileError {}

impl From<Invalid> for CompileError {
    fn from(e: Invalid) -> CompileError {
        CompileError(format!("the program is not sound: {e}"))
    }
}
/// Compiles `program` for the CPU. Input `i` may be overwritten where `donated[i]`.
///
/// # Errors
/// A program that is not sound, or an operation on a type that it makes no sense for.
pub fn compile(program: &Program, donated: &[bool]) -> Result<Executable, CompileError> {
    compile_for(program, donated, isa())
}

/// As [`compile`], for an instruction set of the caller's choice.
///
/// # Errors
/// As [`compile`].
pub fn compile_for(
    program: &Program,
    donated: &[bool],
    isa: Isa,
) -> Result<Executable, CompileError> {
    verify(program)?;
    let program = &simplify(program);
    profile::heed_environment();
    let mut regions = fuse(program);
    let layout = Layout {
        types: &regions.types,
        slot: &|v| v,
        stored: &regions.stored,
        local: &HashMap::new(),
    };
    let mut jobs = vec![];
    for region in &regions.regions {
        jobs.push(job(region, None, &regions, &layout, isa).map_err(CompileError)?);
    }
    let outside = read_outside(&regions.regions, &regions.outputs);
    let mut local = vec![];
    for (job, region) in jobs.iter_mut().zip(&regions.regions) {
        if let Job::Product {
            product, follow, ..
        } = job
            && let Product::Convolution(convolution) = &*product
            && let Some(elements) = convolution.block().filter(|_| !follow.loops.is_empty())
        {
            let (types, stored) = (&regions.types, &regions.stored);
            local.extend(follow.localize(region, elements, types, stored, &outside));
        }
    }
    local.into_iter().for_each(|v| regions.stored[v] = false);
    #[cfg(target_arch = "x86_64")]
    link(jobs.iter_mut().flat_map(|job| match job {
        Job::Loop { tiles, .. } => std::slice::from_mut(&mut **tiles),
        Job::Rows(rows) => rows.loops(),
        Job::Product { follow, .. } => &mut follow.loops,
        _ => &mut [],
    }))
    .map_err(CompileError)?;
    let scratch: Vec<usize> = jobs.iter().map(Job::scratch_bytes).collect();
    let Plan {
        homes,
        replaces,
        scratch,
        arena,
        live,
    } = plan(&regions, program.inputs.len(), donated, &scratch);
    for (job, offset) in jobs.iter_mut().zip(scratch) {
        match job {
            Job::Loop { partial, .. } => *partial = offset,
            Job::Product { scratch, .. } => *scratch = offset,
            _ => {}
        }
    }
    let outputs: Vec<Type> = regions
        .outputs
        .iter()
        .map(|&v| regions.types[v].clone())
        .collect();
    // An output may be known by another shape of the same elements.
    let named: Vec<Type> = program
        .outputs
        .iter()
        .zip(&outputs)
        .map(|(v, t)| t.with_shape(&regions.types[v.index()].shape))
        .collect();
    let bytes = |types: &[Type]| types.iter().map(Type::bytes).sum::<usize>();
    let in_place = outputs
        .iter()
        .zip(&replaces)
        .filter(|(_, r)| r.is_some())
        .map(|(t, _)| t.bytes())
        .sum();
    let values = homes
        .iter()
        .zip(&regions.types)
        .filter(|(h, _)| matches!(h, Home::Arena(_)));
    let memory = Memory {
        inputs: bytes(&program.inputs),
        outputs: bytes(&outputs) - in_place,
        in_place,
        arena,
        live,
        values: values.map(|(_, t)| (t.clone(), t.bytes())).collect(),
        packed: 0,
    };
    let thread_scratch = jobs
        .iter()
        .map(Job::thread_scratch)
        .max()
        .unwrap_or(0)
        .next_multiple_of(64);
    let slots = jobs.iter().map(Job::slots).max().unwrap_or(0);
    let code = Code {
        inputs: program.inputs.clone(),
        outputs: named,
        homes,
        replaces,
        jobs,
        memory,
        thread_scratch,
        slots,
        contexts: Mutex::new(vec![]),
        empty: Array::scalar(false),
        profile: profile::Program::new(&regions),
    };
    Ok(Executable {
        code: Arc::new(code),
        packed: vec![],
    })
}

/// Makes a region ready to run; if it is a product, the loops `after` it run on each block of its result.
fn job(
    region: &Region,
    after: Option<&Fused>,
    regions: &Regions,
    layout: &Layout,
    isa: Isa,
) -> Result<Job, String> {
    let loops = || after.map_or(&[][..], |f| &f.loops[..]);
    let follow = |result: Id| {
        let tiles = loops().iter().map(|l| Tiles::new(l, layout, isa));
        let tiles = tiles.collect::<Result<_, String>>()?;
        Ok::<_, String>(Follow::new(tiles, regions.types[result].size()))
    };
    let types = &regions.types;
    Ok(match region {
        Region::Loop(l) => Job::Loop {
            tiles: Box::new(Tiles::new(l, layout, isa)?),
            partial: 0,
        },
        Region::Rows(rows) => Job::Rows(Box::new(RowBlocks::new(rows, layout, isa)?)),
        Region::Dot {
            id,
            left,
            right,
            dtype,
        } => {
            let (m, n, k, batch) = (left.free.0, right.free.0, left.contracted.0, left.batch.0);
            let step = |(_, step): (usize, isize)| step.unsigned_abs();
            let spec = GemmSpec {
                m,
                n,
                k,
                batch,
                a: gemm::Matrix {
                    rows: step(left.free),
                    cols: step(left.contracted),
                    batch: step(left.batch),
                },
                b: gemm::Matrix {
                    rows: step(right.contracted),
                    cols: step(right.free),
                    batch: step(right.batch),
                },
                c: gemm::Matrix {
                    rows: n,
                    cols: 1,
                    batch: m * n,
                },
                input: *dtype,
                output: types[*id].dtype,
                whole_rows: loops().iter().any(Loop::reads_beside),
            };
            let gemm = Gemm::with_isa(&spec.fold(), isa).map_err(|e| e.to_string())?;
            let start = |x: &Matrix| (x.id, x.offset.unsigned_abs() * dtype.size());
            Job::Product {
                product: Product::Dot(Box::new(gemm)),
                operands: [start(left), start(right)],
                to: *id,
                scratch: 0,
                follow: follow(*id)?,
            }
        }
        Region::Convolution(c) => {
            let axes = (0..c.form.windows.len()).map(|i| convolution::Axis {
                size: c.input.1.dims[2 + i],
                kernel: c.kernel.1.dims[1 + i],
                result: c.result.dims[2 + i],
                window: c.form.windows[i],
            });
            let last = c.result.dims.len() - 1;
            let dtype = types[c.id].dtype;
            let shape = convolution::Shape {
                groups: c.result.dims[0],
                batch: c.result.dims[1],
                features: c.input.1.dims[last],
                outputs: c.result.dims[last],
                axes: axes.collect(),
                features_first: c.form.features_first,
                winograd: c.form.winograd,
                input: c.input.1.steps.clone(),
                kernel: c.kernel.1.steps.clone(),
                result: c.result.steps.iter().map(|s| s.unsigned_abs()).collect(),
                dtype,
                following: after.and_then(|f| following(c, f.blocks)),
            };
            if shape.axes.len() > convolution::MOST_SPATIAL {
                return Err(format!(
                    "a convolution has at most {} spatial axes; this one has {}",
                    convolution::MOST_SPATIAL,
                    shape.axes.len()
                ));
            }
            let start = |(id, view): &(Id, View)| (*id, view.offset.unsigned_abs() * dtype.size());
            let convolution = Convolution::new(shape, isa).map_err(|e| e.to_string())?;
            Job::Product {
                product: Product::Convolution(convolution),
                operands: [start(&c.input), start(&c.kernel)],
                to: c.id,
                scratch: 0,
                follow: follow(c.id)?,
            }
        }
        Region::Fused(f) => job(&f.product, Some(f), regions, layout, isa)?,
        Region::Concatenate { id, pieces, axis } => {
            let y = &types[*id];
            let inner: usize = y.shape[*axis + 1..].iter().product();
            let outer: usize = y.shape[..*axis].iter().product();
            let (mut there, size) = (0, y.dtype.size());
            let mut blocks = vec![];
            for (piece, ty) in pieces {
                let row = ty.shape[*axis] * inner;
                let axes = vec![
                    (outer, (y.shape[*axis] * inner) as isize, row as isize),
                    (row, 1, 1),
                ];
                blocks.push(CopyBlock {
                    from: *piece,
                    there: there * size,
                    here: 0,
                    axes,
                });
                there += row;
            }
            Job::Copy {
                to: *id,
                fill: None,
                elements: y.size(),
                size,
                blocks,
            }
        }
        Region::Pad {
            id,
            input,
            filler,
            low,
            interior,
        } => {
            let (x, y) = (&input.1, &types[*id]);
            let (x_steps, y_steps) = (x.shape.strides(), y.shape.strides());
            let (mut axes, mut there, mut here, mut empty) = (vec![], 0, 0, false);
            for axis in 0..x.rank() {
                let stretch = interior[axis] as i64 + 1;
                let (n, room) = (x.shape[axis] as i64, y.shape[axis] as i64);
                // The first element that is not cut off, and the first behind the end.
                let first = if low[axis] < 0 {
                    (-low[axis] + stretch - 1) / stretch
                } else {
                    0
                };
                let end = ((room - low[axis] + stretch - 1).div_euclid(stretch))
                    .min(n)
                    .max(first);
                empty |= end == first;
                there += usize::try_from(low[axis] + first * stretch).unwrap_or(0) * y_steps[axis];
                here += first as usize * x_steps[axis];
                axes.push((
                    (end - first) as usize,
                    stretch as isize * y_steps[axis] as isize,
                    x_steps[axis] as isize,
                ));
            }
            let size = y.dtype.size();
            let block = CopyBlock {
                from: input.0,
                there: there * size,
                here: here * size,
                axes,
            };
            let blocks = if empty { vec![] } else { vec![block] };
            Job::Copy {
                to: *id,
                fill: Some(*filler),
                elements: y.size(),
                size,
                blocks,
            }
        }
        Region::Call { ids, inputs, call } => {
            let of = |values: &[Dense]| values.iter().map(|v| v.1.clone()).collect::<Vec<_>>();
            let results: Vec<Type> = ids.iter().map(|&v| types[v].clone()).collect();
            let chunks = call.0.chunks(&of(inputs), &results).max(1);
            let mut outputs = vec![];
            for (&v, ty) in ids.iter().zip(results) {
                let parts: Vec<_> = (0..chunks).map(|chunk| call.0.part(chunk, &ty)).collect();
                // Chunks are computed at the same time.
                let ends = std::iter::once(0).chain(parts.iter().map(|p| p.end));
                let apart = parts
                    .iter()
                    .zip(ends)
                    .all(|(p, end)| end <= p.start && p.start <= p.end && p.end <= ty.size());
                if !apart {
                    return Err(format!("the chunks of {call:?} overlap in {ty}"));
                }
                outputs.push(Parts { to: v, ty, parts });
            }
            Job::Call {
                call: call.clone(),
                inputs: inputs.clone(),
                outputs,
                chunks,
            }
        }
    })
}
