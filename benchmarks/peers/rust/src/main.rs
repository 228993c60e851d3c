//! Rust actors on the workloads of Mycelium's benchmarks, one library a run:
//!
//!     peer_rust tokio|actix|kameo|ractor [--only P1,P2] [--quick]
//!
//! Prints one JSON row per measured condition.

mod actix_actors;
mod kameo_actors;
mod measure;
mod ractor_actors;
mod tokio_tasks;

use measure::Plan;

const USAGE: &str = "usage: peer_rust tokio|actix|kameo|ractor [--only P1,P2] [--quick]";

fn fail(problem: &str) -> ! {
    eprintln!("peer_rust: {problem}; {USAGE}");
    std::process::exit(2);
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    let library = arguments
        .next()
        .unwrap_or_else(|| fail("no library is named"));
    let mut plan = Plan {
        only: Vec::new(),
        quick: false,
    };
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--quick" => plan.quick = true,
            "--only" => {
                let ids = arguments
                    .next()
                    .unwrap_or_else(|| fail("--only names no target"));
                plan.only = ids.split(',').map(str::to_owned).collect();
            }
            other => fail(&format!("unknown argument {other}")),
        }
    }
    // Failures are measured here, not shown.
    std::panic::set_hook(Box::new(|info| {
        if info.payload().downcast_ref::<measure::Planned>().is_none() {
            eprintln!("{info}");
        }
    }));
    match library.as_str() {
        "tokio" => tokio_tasks::measure(&plan),
        "actix" => actix_actors::measure(&plan),
        "kameo" => kameo_actors::measure(&plan),
        "ractor" => ractor_actors::measure(&plan),
        other => fail(&format!("unknown library {other}")),
    }
}
