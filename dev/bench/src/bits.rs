//! Whether every workload gives the same bits for any number of threads and with every instruction set.

use crate::apart::apart;
use crate::job::{self, JOBS};
use crate::workloads;
use bouton::DType;
use std::error::Error;
use std::hash::{DefaultHasher, Hasher as _};

/// The option that has a process of ours run one workload and print the digest of its results.
pub(crate) const OPTION: &str = "digest";

/// A name, the number of threads and the instruction set; empty is the best of this machine.
type Setting = (&'static str, &'static str, &'static str);

const SETTINGS: [Setting; 6] = [
    ("1 thread", "1", ""),
    ("2 threads", "2", ""),
    ("3 threads", "3", ""),
    ("8 threads", "8", ""),
    ("portable", "2", "portable"),
    ("portable with 3 threads", "3", "portable"),
];

/// How many of the settings a job is run in: on the portable path some take hours, and their steps are among the workloads.
const OF_JOBS: usize = 4;

/// Prints a digest for each workload that is wanted; an error if there is more than one.
pub(crate) fn run(wanted: impl Fn(&str) -> bool) -> Result<(), Box<dyn Error>> {
    let workloads = workloads::all().map(|w| (w.name, &SETTINGS[..]));
    let jobs = JOBS.iter().map(|job| (job.name, &SETTINGS[..OF_JOBS]));
    let mut differ = vec![];
    for (name, settings) in workloads.chain(jobs).filter(|(name, _)| wanted(name)) {
        let mut found: Vec<(String, Vec<&str>)> = vec![];
        for (setting, threads, isa) in settings {
            let variables = [("BOUTON_THREADS", *threads), ("BOUTON_ISA", *isa)];
            let digest = apart(OPTION, name, &variables)?;
            match found.iter_mut().find(|(other, _)| *other == digest) {
                Some((_, of)) => of.push(setting),
                None => found.push((digest, vec![setting])),
            }
        }
        for (digest, of) in &found {
            println!("{name:<32} {digest}  {}", of.join(", "));
        }
        if found.len() > 1 {
            differ.push(name);
        }
    }
    match differ.is_empty() {
        true => Ok(()),
        false => Err(format!("not the same bits: {}", differ.join(", ")).into()),
    }
}

/// A digest of the results of the workload, or of the model that the job saves.
pub(crate) fn digest(name: &str) -> Result<String, Box<dyn Error>> {
    let mut hasher = DefaultHasher::new();
    if let Some(workload) = workloads::all().find(|w| w.name == name) {
        let prepared = (workload.prepare)()?;
        for result in (prepared.results)()? {
            for number in result.convert(DType::F32).to_vec::<f32>()? {
                hasher.write_u32(number.to_bits());
            }
        }
    } else {
        let job = JOBS.iter().find(|job| job.name == name);
        let job = job.ok_or_else(|| format!("there is no workload {name:?}"))?;
        match job::model(job)? {
            Some(bytes) => hasher.write(&bytes),
            None => return Ok("left out, its data is neither here nor within reach".to_owned()),
        }
    }
    Ok(format!("{:016x}", hasher.finish()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_tells_results_apart() {
        let name = "tiny mlp train b32 adam";
        assert_eq!(digest(name).unwrap(), digest(name).unwrap());
        assert_ne!(
            digest(name).unwrap(),
            digest("W6 tanh-chain 1e+03").unwrap()
        );
        let error = digest("W0").unwrap_err().to_string();
        assert_eq!(error, "there is no workload \"W0\"");
    }
}
