//! Optax's schedules, value by value.
use crate::{
    golden::{close, records},
    trajectories::schedule,
};

#[test]
fn every_schedule_is_optaxs() {
    let records = records(include_str!("../golden/optimizers.txt"));
    let counts: Vec<u32> = (0..30).chain([99, 100, 101, 1000]).collect();
    let mut checked = 0;
    for record in records.iter().filter(|r| r.kind == "schedule") {
        let schedule = schedule(record, "name");
        let found: Vec<f64> = counts.iter().map(|&c| schedule.rate(c).unwrap()).collect();
        close(
            &found,
            &record.values(0),
            record.number("rel").unwrap(),
            record.number("abs").unwrap(),
            &schedule.to_string(),
        );
        checked += 1;
    }
    assert_eq!(checked, 9);
}

#[test]
fn settings_are_printed() {
    let printed = bouton_optim::adam(bouton_optim::cosine_decay(0.01, 20).alpha(0.1)).to_string();
    let rate = "cosine_decay { init: 0.01, decay_steps: 20, alpha: 0.1, exponent: 1.0 }";
    assert_eq!(
        printed,
        format!("adam {{ learning_rate: {rate}, b1: 0.9, b2: 0.999, eps: 1e-8, eps_root: 0.0 }}")
    );
    assert_eq!(
        bouton_optim::sgd(0.1f32).to_string(),
        "sgd { learning_rate: 0.1 }"
    );
}
