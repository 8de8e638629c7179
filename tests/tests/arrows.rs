//! The arrows between the rooms: who may use whom (see ARCHITECTURE.md).

use std::collections::{BTreeMap, BTreeSet};

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, PackageId};

fn metadata() -> Metadata {
    let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.toml");
    MetadataCommand::new().manifest_path(manifest).exec().expect("cargo metadata runs in this workspace")
}

/// Names of everything that a package reaches through ordinary dependencies, itself left out.
fn reachable(metadata: &Metadata, name: &str) -> BTreeSet<String> {
    let names: BTreeMap<&PackageId, &str> =
        metadata.packages.iter().map(|package| (&package.id, package.name.as_str())).collect();
    let nodes = &metadata.resolve.as_ref().expect("the dependency graph is resolved").nodes;
    let edges: BTreeMap<&PackageId, Vec<&PackageId>> = nodes
        .iter()
        .map(|node| {
            let ordinary = |dependency: &&cargo_metadata::NodeDep| {
                dependency.dep_kinds.iter().any(|kind| kind.kind == DependencyKind::Normal)
            };
            (&node.id, node.deps.iter().filter(ordinary).map(|dependency| &dependency.pkg).collect())
        })
        .collect();
    let start = metadata.workspace_packages().into_iter().find(|package| package.name.as_str() == name);
    let start = &start.unwrap_or_else(|| panic!("{name} is a package of this workspace")).id;
    let mut seen = BTreeSet::new();
    let mut waiting = vec![start];
    while let Some(package) = waiting.pop() {
        for &dependency in &edges[package] {
            if seen.insert(dependency) {
                waiting.push(dependency);
            }
        }
    }
    seen.into_iter().map(|package| names[package].to_owned()).collect()
}

/// The rooms of this workspace that a package uses directly.
fn rooms_used(metadata: &Metadata, name: &str) -> BTreeSet<String> {
    let rooms: BTreeSet<&str> = metadata.workspace_packages().iter().map(|package| package.name.as_str()).collect();
    let package = metadata.workspace_packages().into_iter().find(|package| package.name.as_str() == name);
    package
        .into_iter()
        .flat_map(|package| &package.dependencies)
        .filter(|dependency| dependency.kind == DependencyKind::Normal && rooms.contains(dependency.name.as_str()))
        .map(|dependency| dependency.name.clone())
        .collect()
}

#[test]
fn rooms_use_only_the_rooms_they_may() {
    let allowed = BTreeMap::from([
        ("attacca-models", vec![]),
        ("attacca-engine", vec!["attacca-models"]),
        ("attacca-decode", vec![]),
        ("attacca-cli", vec!["attacca-decode", "attacca-engine"]),
        ("attacca-trainer", vec!["attacca-decode", "attacca-engine", "attacca-models"]),
        ("attacca-outputs", vec!["attacca-engine"]),
        ("attacca-gui", vec!["attacca-engine", "attacca-outputs"]),
        ("attacca-plugin", vec!["attacca-engine", "attacca-gui", "attacca-outputs"]),
        ("attacca-app", vec!["attacca-decode", "attacca-engine", "attacca-gui", "attacca-outputs"]),
        ("attacca-tests", vec!["attacca-engine", "attacca-models"]),
        ("xtask", vec![]),
    ]);
    let metadata = metadata();
    for package in metadata.workspace_packages() {
        let name = package.name.as_str();
        let allowed = allowed.get(name).unwrap_or_else(|| panic!("{name} has no place in the plan of the rooms yet"));
        let used = rooms_used(&metadata, name);
        assert!(used.iter().all(|room| allowed.contains(&room.as_str())), "{name} may use {allowed:?}, uses {used:?}");
    }
}

#[test]
fn candle_is_reached_by_the_trainer_alone() {
    let metadata = metadata();
    for package in metadata.workspace_packages() {
        let name = package.name.as_str();
        let candle = reachable(&metadata, name).into_iter().any(|dependency| dependency.starts_with("candle"));
        assert_eq!(candle, name == "attacca-trainer", "{name}");
    }
}

#[test]
fn windows_and_devices_never_reach_the_engine() {
    let metadata = metadata();
    for room in ["attacca-models", "attacca-engine", "attacca-decode", "attacca-cli", "attacca-outputs"] {
        for dependency in reachable(&metadata, room) {
            let outside = ["egui", "eframe", "cpal", "nice-plug", "nice_plug"];
            assert!(!outside.iter().any(|name| dependency.starts_with(name)), "{room} reaches {dependency}");
        }
    }
}

#[test]
fn views_know_no_plugin_and_no_device() {
    for dependency in reachable(&metadata(), "attacca-gui") {
        assert!(
            !["eframe", "cpal", "nice-plug", "baseview"].iter().any(|name| dependency.starts_with(name)),
            "{dependency}"
        );
    }
}
