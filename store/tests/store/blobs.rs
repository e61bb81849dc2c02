use std::future::Future;
use std::io::{Read, Write};
use std::net::TcpStream;

use anyhow::{Context, Result, ensure};
use bytes::Bytes;
use futures_util::{StreamExt, TryStreamExt};
use windlass_shared::{Clock, SystemClock, TenantId};
use windlass_store::blobs::{BlobError, BlobOwner, BlobRef, Blobs, BlobsOptions, S3Options, StoredBlob};

use crate::history::job;
use crate::support::variable;

fn owner(organization: &str, number: u64) -> BlobOwner {
    BlobOwner::job(organization.parse().unwrap(), job(number))
}

/// Runs a test in a folder, then in a bucket of its own of somebody else's S3.
async fn in_both<T: Future<Output = Result<()>>>(test: impl Fn(Blobs) -> T) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let place = BlobsOptions::Folder(folder.path().join("blobs"));
    test(Blobs::open(&place)?).await.context("in a folder")?;
    test(Blobs::open(&BlobsOptions::S3(bucket()?))?).await.context("in a bucket")
}

fn bucket() -> Result<S3Options> {
    let endpoint = variable("WINDLASS_TEST_S3_URL");
    let address = endpoint.trim_start_matches("http://");
    let bucket = format!("test-{}", uuid::Uuid::from_bytes(crate::support::random()?).simple());
    let mut stream = TcpStream::connect(address)?;
    let request = format!(
        "PUT /{bucket} HTTP/1.1\r\nHost: {address}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    );
    stream.write_all(request.as_bytes())?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    ensure!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    Ok(S3Options {
        bucket,
        prefix: "windlass/blobs".to_owned(),
        endpoint: Some(endpoint),
        credentials: Some(("tests".to_owned(), "tests".into())),
        ..S3Options::default()
    })
}

#[tokio::test]
async fn a_value_comes_back_as_it_was_and_is_stored_once() -> Result<()> {
    in_both(async |blobs| {
        let ours = owner("acme", 1);
        for value in [Bytes::new(), Bytes::from_static(b"\0\xff not a text"), vec![7; 3 * 1024 * 1024].into()]
        {
            let blob = blobs.put(&ours, value.clone()).await?;
            assert_eq!(blobs.put(&ours, value.clone()).await?, blob);
            assert_eq!(blobs.get(&ours, &blob).await?, Some(value));
        }
        assert_eq!(blobs.list(&ours).await?.len(), 3);
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_blob_goes_with_its_owner_and_with_nobody_else() -> Result<()> {
    in_both(async |blobs| {
        let value = Bytes::from_static(b"the same value");
        let owners = [owner("acme", 1), owner("acme", 2), owner("zoo", 1)];
        let blob = BlobRef::of(&value);
        for owner in &owners {
            blobs.put(owner, value.clone()).await?;
        }
        blobs.put(&owners[0], "another".into()).await?;
        assert_eq!(blobs.delete_all(&owners[0]).await?, 2);
        assert_eq!(blobs.delete_all(&owners[0]).await?, 0);
        assert_eq!(blobs.get(&owners[0], &blob).await?, None);
        assert_eq!(blobs.list(&owners[0]).await?, []);
        for owner in &owners[1..] {
            assert_eq!(blobs.list(owner).await?, [blob]);
            blobs.delete(owner, &blob).await?;
            blobs.delete(owner, &blob).await?;
            assert_eq!(blobs.get(owner, &blob).await?, None);
        }
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_walk_comes_across_every_blob_with_its_owner_and_its_age() -> Result<()> {
    in_both(async |blobs| {
        let mut expected = Vec::new();
        for (organization, number, value) in
            [("acme", 1, "one"), ("acme", 1, "two"), ("acme", 2, "one"), ("a.b-c", 3, "")]
        {
            let owner = owner(organization, number);
            expected.push((owner.clone(), blobs.put(&owner, value.into()).await?));
        }
        let found: Vec<StoredBlob> = blobs.walk().try_collect().await?;
        let now = SystemClock.now().as_millis();
        assert!(found.iter().all(|blob| (now - blob.stored_at.as_millis()).abs() < 60_000), "{found:?}");
        let place = |one: &(BlobOwner, BlobRef)| (one.0.to_string(), one.1);
        let mut found: Vec<_> = found.into_iter().map(|blob| (blob.owner, blob.blob)).collect();
        found.sort_by_key(place);
        expected.sort_by_key(place);
        assert_eq!(found, expected);
        assert_eq!(blobs.walk_of(&owner("acme", 1)).count().await, 2);
        assert_eq!(blobs.walk_of(&owner("acme", 9)).count().await, 0);
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_value_that_is_too_large_is_refused_before_it_is_sent() -> Result<()> {
    in_both(async |blobs| {
        let large = Bytes::from(vec![0; Blobs::MOST_BYTES + 1]);
        let error = blobs.put(&owner("acme", 1), large).await.unwrap_err();
        assert!(matches!(error, BlobError::TooLarge { .. }), "{error:?}");
        assert!(!error.is_transient());
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_value_that_was_changed_where_it_lies_is_not_handed_out() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let blobs = Blobs::open(&BlobsOptions::Folder(folder.path().to_owned()))?;
    let ours = BlobOwner::job(TenantId::default(), job(1));
    let blob = blobs.put(&ours, "1000 euros".into()).await?;
    let file = folder.path().join(format!("default/jobs/{}/{blob}", job(1)));
    for tampered in ["9000 euros", "9000 euros and more"] {
        std::fs::write(&file, tampered)?;
        let error = blobs.get(&ours, &blob).await.unwrap_err();
        assert!(matches!(error, BlobError::Damaged { .. }), "{error:?}");
    }
    std::fs::write(file.with_file_name("notes.txt"), "somebody else's")?;
    assert_eq!(blobs.list(&ours).await?, [blob]);
    Ok(())
}

#[tokio::test]
async fn a_bucket_that_is_not_there_or_not_reached_says_so() -> Result<()> {
    let ours = owner("acme", 1);
    let missing = S3Options { bucket: "no-such-bucket".to_owned(), ..bucket()? };
    let error = Blobs::open(&BlobsOptions::S3(missing))?.put(&ours, "x".into()).await.unwrap_err();
    assert!(matches!(error, BlobError::Refused { .. }), "{error:?}");
    let away = S3Options { endpoint: Some("http://127.0.0.1:1".to_owned()), ..bucket()? };
    let error = Blobs::open(&BlobsOptions::S3(away))?.put(&ours, "x".into()).await.unwrap_err();
    assert!(error.is_transient(), "{error:?}");
    Ok(())
}
