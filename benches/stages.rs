//! What a whole check costs against reading and parsing alone, in one process.

#![allow(clippy::unwrap_used, missing_docs, reason = "a bench says what went wrong by failing")]

mod generate;

use std::path::PathBuf;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use phiguard::run::{Progress, Request, Until, run};

fn stages(criterion: &mut Criterion) {
    for resources in [100, 1_000] {
        let folder = tempfile::tempdir().unwrap();
        let (_, bytes) = generate::project(folder.path(), resources);
        let mut group = criterion.benchmark_group(format!("{resources} resources"));
        group.throughput(Throughput::Bytes(bytes as u64)).sample_size(20);
        for (name, until) in [("read and parse", Until::Parse), ("graph", Until::Graph), ("check", Until::Judge)] {
            let request = Request {
                paths: vec![PathBuf::from(".")],
                base: folder.path().to_path_buf(),
                variables: Vec::new(),
                until,
                ..Request::default()
            };
            group.bench_function(name, |bencher| {
                bencher.iter(|| run(&request, &Progress::default()).unwrap());
            });
        }
        group.finish();
    }
}

/// Templates on one thread: bytes a second of one core.
fn templates(criterion: &mut Criterion) {
    const TEMPLATES: usize = 100;
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    for form in generate::templates::FORMS {
        let folder = tempfile::tempdir().unwrap();
        let bytes = generate::templates::write(folder.path(), TEMPLATES, *form);
        let mut group = criterion.benchmark_group(format!("{TEMPLATES} templates, {}, one thread", form.0));
        group.throughput(Throughput::Bytes(bytes as u64)).sample_size(20);
        for (name, until) in [("read and parse", Until::Parse), ("graph", Until::Graph), ("check", Until::Judge)] {
            let request = Request {
                paths: vec![PathBuf::from(".")],
                base: folder.path().to_path_buf(),
                until,
                ..Request::default()
            };
            group.bench_function(name, |bencher| {
                bencher.iter(|| pool.install(|| run(&request, &Progress::default()).unwrap()));
            });
        }
        group.finish();
    }
}

criterion_group!(benches, stages, templates);
criterion_main!(benches);
