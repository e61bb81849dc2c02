//! The parts of the Rust peers: `peers SYSTEM enqueue|trickle JOBS BYTES`, `peers SYSTEM work`, `peers SYSTEM version`.

mod apalis;
mod job;
mod rusty_sidekiq;

use std::error::Error;

use apalis::Settings;

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

#[tokio::main]
async fn main() -> Outcome<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words[..] {
        ["rusty-sidekiq", "version"] => println!("rusty-sidekiq {}", locked_version("rusty-sidekiq")),
        ["rusty-sidekiq", "work"] => rusty_sidekiq::work().await?,
        ["rusty-sidekiq", "enqueue", jobs, bytes] => {
            print_seconds(rusty_sidekiq::enqueue(jobs.parse()?, bytes.parse()?).await?);
        }
        ["rusty-sidekiq", "trickle", jobs, bytes] => {
            rusty_sidekiq::trickle(jobs.parse()?, bytes.parse()?).await?;
        }
        [_, "version"] => println!("apalis-redis {}", locked_version("apalis-redis")),
        [name, "work"] => apalis::work(Settings::named(name)?).await?,
        [name, "enqueue", jobs, bytes] => {
            print_seconds(apalis::enqueue(Settings::named(name)?, jobs.parse()?, bytes.parse()?).await?);
        }
        [name, "trickle", jobs, bytes] => {
            apalis::trickle(Settings::named(name)?, jobs.parse()?, bytes.parse()?).await?;
        }
        _ => return Err("peers SYSTEM enqueue|trickle JOBS BYTES, or work, or version".into()),
    }
    Ok(())
}

fn print_seconds(seconds: f64) {
    println!(r#"{{"seconds": {seconds}}}"#);
}

/// Read from the lock file, so that the table cannot name another version than the one that was built.
fn locked_version(package: &str) -> &'static str {
    let entry = format!("name = \"{package}\"\nversion = \"");
    let lock = include_str!("../Cargo.lock");
    lock.split_once(&entry)
        .and_then(|(_, rest)| rest.split_once('"'))
        .map_or("unknown", |(version, _)| version)
}
