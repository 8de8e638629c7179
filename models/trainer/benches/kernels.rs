//! One step of each layer kind on every instruction set of this machine, beside the machine's own limit and the same
//! in candle on one thread: `cargo bench --package attacca-trainer --bench kernels`.
//!
//! Tables go to standard error, JSON to the last line of standard output:
//! `[{"name", "isa", "ns", "bound_ns", "candle_ns"}]`.

#[path = "kernels/limits.rs"]
mod limits;
#[path = "kernels/peer.rs"]
mod peer;
#[path = "kernels/rows.rs"]
mod rows;
#[path = "support/timing.rs"]
mod timing;

use std::{env, error::Error, process::Command};

use attacca_models::InstructionSet;
use comfy_table::{CellAlignment, Table, presets};
use serde::Serialize;

use limits::{Limits, Memory, Probes};

/// candle asks for its number of threads here.
const THREADS: &str = "RAYON_NUM_THREADS";

/// A layer on an instruction set: times of one step.
#[derive(Debug, Serialize)]
struct Measured {
    name: String,
    isa: String,
    ns: f64,
    bound_ns: f64,
    candle_ns: f64,
    #[serde(skip)]
    goal: f64,
}

fn main() -> Result<(), Box<dyn Error>> {
    if env::var_os(THREADS).is_none_or(|threads| threads != "1") {
        let status = Command::new(env::current_exe()?).args(env::args_os().skip(1)).env(THREADS, "1").status()?;
        return if status.success() { Ok(()) } else { Err(status.to_string().into()) };
    }
    let sets: Vec<InstructionSet> = InstructionSet::available().collect();
    let memory = Memory::new();
    let mut probes: Vec<Probes<'_>> = sets.iter().map(|&set| Probes::new(set, &memory)).collect();
    let rows = rows::rows();
    let mut own = Vec::new();
    let mut peers = Vec::new();
    for row in &rows {
        own.push(sets.iter().map(|&set| row.steps(set)).collect::<Result<Vec<_>, _>>()?);
        peers.push(peer::steps(row)?);
    }
    let contestants = probes.iter_mut().flat_map(Probes::contestants);
    timing::compete(own.iter_mut().flatten().chain(&mut peers).chain(contestants));

    // What a narrow vector can do, the machine of a wide one can do too.
    let limits: Vec<Limits> = probes
        .iter()
        .scan(Limits::default(), |narrower, probes| {
            *narrower = narrower.or(probes.limits());
            Some(*narrower)
        })
        .collect();
    let mut measured = Vec::new();
    for ((row, own), peer) in rows.iter().zip(&own).zip(&peers) {
        for ((set, own), limits) in sets.iter().zip(own).zip(&limits) {
            measured.push(Measured {
                name: row.name.clone(),
                isa: set.to_string(),
                ns: own.least_ns(),
                bound_ns: limits.bound_ns(row.weight_bytes()?, row.flops()?),
                candle_ns: peer.least_ns(),
                goal: row.goal,
            });
        }
    }
    eprintln!("{}\n", table_of_limits(&sets, &limits));
    eprintln!("{}\n", table_of_layers(&measured));
    println!("{}", serde_json::to_string(&measured)?);
    Ok(())
}

fn table_of_limits(sets: &[InstructionSet], limits: &[Limits]) -> Table {
    let mut table = table(["limit", "GFLOP/s", "GB/s, first cache", "GB/s, second cache"]);
    for (set, limits) in sets.iter().zip(limits) {
        table.add_row([
            set.to_string(),
            format!("{:.0}", limits.flops_per_ns),
            format!("{:.0}", limits.first_level_bytes_per_ns),
            format!("{:.0}", limits.second_level_bytes_per_ns),
        ]);
    }
    table
}

fn table_of_layers(measured: &[Measured]) -> Table {
    let mut table = table(["layer", "set", "ns a step", "bound, ns", "bound ÷ time", "goal", "candle, ns", "× candle"]);
    for Measured { name, isa, ns, bound_ns, candle_ns, goal } in measured {
        table.add_row([
            name.clone(),
            isa.clone(),
            format!("{ns:.1}"),
            format!("{bound_ns:.1}"),
            format!("{:.0} %", 100.0 * bound_ns / ns),
            format!("{:.0} %", 100.0 * goal),
            format!("{candle_ns:.0}"),
            format!("{:.1}", candle_ns / ns),
        ]);
    }
    table
}

fn table<const COLUMNS: usize>(header: [&str; COLUMNS]) -> Table {
    let mut table = Table::new();
    table.load_preset(presets::ASCII_MARKDOWN).set_header(header);
    table.column_iter_mut().skip(1).for_each(|column| column.set_cell_alignment(CellAlignment::Right));
    table
}
