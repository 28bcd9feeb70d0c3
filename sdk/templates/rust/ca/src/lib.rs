//! A certificate authority. It never sees an intermediate's private key: requests come in, chains go
//! out. The root here is made at the first use, for trying; yours is asked where signer.rs signs.

use mesh_sdk::*;

mod signer;
#[cfg(test)]
mod test;

use signer::{make_root, Signer};

/// Certificate and key, in the operator's own store.
const FILE: &str = "root.pem";

fn plugin() -> Plugin {
    Plugin {
        name: "@NAME@",
        version: "0.1.0",
        summary: "a certificate authority",
        author: "Your Name <you@example.com>",
        provides: vec![Provided {
            extension: Extension {
                point: "ca/1".into(),
                name: "@NAME@".into(),
                summary: "signs with a root that it makes at its first use".into(),
                abilities: vec!["issue".into()],
                ..Extension::default()
            },
            answers: vec![("roots", typed(roots)), ("issue", typed(issue))],
        }],
    }
}

fn roots(host: &dyn Host, request: CaCommon) -> Result<CaRootsReply, Problem> {
    let Some(kept) = stored(host, &request.folder, FILE)? else {
        return Ok(CaRootsReply::default());
    };
    let root = Signer::read(&kept)?.root()?;
    Ok(CaRootsReply {
        roots: vec![root.clone()],
        signer: root,
        r#where: request.folder,
        ..CaRootsReply::default()
    })
}

fn issue(host: &dyn Host, request: CaIssueRequest) -> Result<CaIssued, Problem> {
    let policy = request.policy.clone().unwrap_or(CaPolicy {
        days: 365,
        root_days: 3650,
        ..CaPolicy::default()
    });
    let now = now(host)?;
    let kept = stored(host, &request.folder, FILE)?;
    let root = match &kept {
        Some(root) => root.clone(),
        None => make_root("@NAME@ test root", now, policy.root_days)?,
    };
    let signer = Signer::read(&root)?;
    let mut answer = CaIssued { roots: vec![signer.root()?], ..CaIssued::default() };
    for asked in &request.requests {
        let chain = vec![signer.sign(&asked.csr, now, policy.days)?];
        answer.issued.push(IssuedCertificate { cluster: asked.cluster.clone(), chain });
    }
    if kept.is_none() {
        // Written by the host, before it changes any cluster.
        answer.keep = vec![StoredFile {
            folder: request.folder,
            name: FILE.into(),
            data: root,
            ..StoredFile::default()
        }];
    }
    Ok(answer)
}

export!(plugin);
