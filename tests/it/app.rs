//! Starting Medic where something is in the way: each says what, where, and the way out.

use medic::app::{App, Build};
use medic::config::{Config, EnvSource};
use medic::data::DataFiles;
use medic::engine::SystemClock;
use std::path::Path;
use std::sync::Arc;

fn build(folder: &Path, listen: &str, data: DataFiles) -> Build {
    let text = format!(
        "[web]\nlisten = \"{listen}\"\n[store]\ndir = \"{}\"\n",
        folder.join("db").display()
    );
    Build {
        config: Config::read("the test's config", &text, &EnvSource::fixed([])).unwrap(),
        data,
        clock: Arc::new(SystemClock),
        received: None,
    }
}

async fn refusal(build: Build) -> String {
    match App::start(build).await {
        Ok(_) => panic!("it started"),
        Err(error) => format!("{error:#}"),
    }
}

#[tokio::test]
async fn a_port_in_use_is_named_with_the_way_out() {
    let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let app = App::start(build(one.path(), "127.0.0.1:0", DataFiles::built_in()));
    let app = app.await.unwrap();
    let address = app.address().to_string();
    let said = refusal(build(two.path(), &address, DataFiles::built_in())).await;
    assert!(
        said.contains(&format!("cannot listen on {address}")),
        "{said}"
    );
    assert!(said.contains("[web] listen"), "{said}");
    app.stop().await;
}

#[tokio::test]
async fn a_second_process_on_one_store_is_told_so_and_the_first_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let app = App::start(build(folder.path(), "127.0.0.1:0", DataFiles::built_in()));
    let app = app.await.unwrap();
    let said = refusal(build(folder.path(), "127.0.0.1:0", DataFiles::built_in())).await;
    assert!(said.contains("in use by another medic process"), "{said}");
    assert!(app.handle().ready().is_ok());
    app.stop().await;
    let again = App::start(build(folder.path(), "127.0.0.1:0", DataFiles::built_in()));
    again.await.unwrap().stop().await;
}

#[tokio::test]
async fn a_broken_runbook_is_reported_with_its_file_and_the_rest_work() {
    let folder = tempfile::tempdir().unwrap();
    let runbooks = folder.path().join("data/runbooks");
    std::fs::create_dir_all(&runbooks).unwrap();
    std::fs::write(
        runbooks.join("mine.md"),
        "+++\nclass = \"no_such_class\"\n+++\n# Mine\n",
    )
    .unwrap();
    let data = DataFiles::over(folder.path().join("data"));
    let app = App::start(build(folder.path(), "127.0.0.1:0", data))
        .await
        .unwrap();
    let found = app.findings().join("\n");
    assert!(found.contains("mine.md"), "{found}");
    app.stop().await;
}
