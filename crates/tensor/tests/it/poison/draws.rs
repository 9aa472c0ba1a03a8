//! Calls of random functions with the poisoned tensor in each of their places.
use super::{Call, x};
use bouton_tensor::{
    DType,
    random::{self, Replacement},
    tensor,
};

pub(super) const CALLS: &[Call] = &[
    ("bernoulli", |p| random::bernoulli(&random::key(0), p, [2])),
    ("bernoulli", |p| random::bernoulli(p, 0.5, [2])),
    ("bits", |p| random::bits(p, DType::U32, [2])),
    ("fold_in", |p| random::fold_in(p, 1)),
    ("fold_in", |p| random::fold_in(&random::key(0), p)),
    ("normal", |p| random::normal(p, DType::F32, [2])),
    ("permutation", |p| random::permutation(p, 3)),
    ("randint", |p| random::randint(p, DType::I32, [2], 0..6)),
    ("shuffle", |p| random::shuffle(p, &x())),
    ("shuffle", |p| random::shuffle(&random::key(0), p)),
    ("split", |p| random::split(p, 2).swap_remove(1)),
    ("uniform", |p| random::uniform(p, DType::F32, [2])),
    ("uniform_in", |p| {
        random::uniform_in(p, DType::F32, [2], 0.0..2.0)
    }),
    ("exponential", |p| random::exponential(p, DType::F32, [2])),
    ("gumbel", |p| random::gumbel(p, DType::F32, [2])),
    ("laplace", |p| random::laplace(p, DType::F32, [2])),
    ("logistic", |p| random::logistic(p, DType::F32, [2])),
    ("cauchy", |p| random::cauchy(p, DType::F32, [2])),
    ("truncated_normal", |p| {
        random::truncated_normal(p, DType::F32, [2], -1.0..1.0)
    }),
    ("rademacher", |p| random::rademacher(p, DType::I32, [2])),
    ("categorical", |p| random::categorical(p, &x())),
    ("categorical", |p| random::categorical(&random::key(0), p)),
    ("choice", |p| random::choice(p, &x(), 1, Replacement::With)),
    ("choice", |p| {
        random::choice(&random::key(0), p, 1, Replacement::With)
    }),
    ("choice_weighted", |p| {
        random::choice_weighted(p, &x(), tensor![1.0, 2.0], 1, Replacement::With)
    }),
    ("choice_weighted", |p| {
        random::choice_weighted(&random::key(0), p, tensor![1.0, 2.0], 1, Replacement::With)
    }),
    ("choice_weighted", |p| {
        random::choice_weighted(&random::key(0), &x(), p, 1, Replacement::With)
    }),
    ("poisson", |p| random::poisson(p, 1.0, [2])),
    ("poisson", |p| random::poisson(&random::key(0), p, [2])),
    ("gamma", |p| random::gamma(p, 1.0, [2])),
    ("gamma", |p| random::gamma(&random::key(0), p, [2])),
    ("log_gamma", |p| random::log_gamma(p, 1.0, [2])),
    ("log_gamma", |p| random::log_gamma(&random::key(0), p, [2])),
    ("chi_squared", |p| random::chi_squared(p, 1.0, [2])),
    ("chi_squared", |p| {
        random::chi_squared(&random::key(0), p, [2])
    }),
    ("student_t", |p| random::student_t(p, 1.0, [2])),
    ("student_t", |p| random::student_t(&random::key(0), p, [2])),
    ("beta", |p| random::beta(p, 1.0, 1.0, [2])),
    ("beta", |p| random::beta(&random::key(0), p, 1.0, [2])),
    ("beta", |p| random::beta(&random::key(0), 1.0, p, [2])),
    ("dirichlet", |p| random::dirichlet(p, tensor![1.0], [2])),
    ("dirichlet", |p| random::dirichlet(&random::key(0), p, [2])),
];
