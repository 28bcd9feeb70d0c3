use std::panic::{catch_unwind, AssertUnwindSafe};

use serde::de::DeserializeOwned;
use serde::Serialize;

use crate::{Extension, Host, Manifest, ManifestAbi, Problem};

/// The apiVersion of every document.
pub const DOCUMENT_VERSION: &str = "kubectl-mesh.dev/v1";

/// Answers a verb: a request in, a reply out, both JSON.
pub type Answer = Box<dyn Fn(&dyn Host, &[u8]) -> Result<Vec<u8>, Problem> + Send + Sync>;

/// One extension: its row in the manifest, and who answers each of its verbs.
pub struct Provided {
    pub extension: Extension,
    pub answers: Vec<(&'static str, Answer)>,
}

/// What a library offers: its words about itself, and its extensions.
pub struct Plugin {
    pub name: &'static str,
    pub version: &'static str,
    pub summary: &'static str,
    pub author: &'static str,
    pub provides: Vec<Provided>,
}

/// An [`Answer`] out of a function over documents.
pub fn typed<Request: DeserializeOwned, Reply: Serialize>(
    answer: impl Fn(&dyn Host, Request) -> Result<Reply, Problem> + Send + Sync + 'static,
) -> Answer {
    Box::new(move |host, text| {
        let request = serde_json::from_slice(text)?;
        Ok(serde_json::to_vec(&answer(host, request)?)?)
    })
}

impl Plugin {
    /// The manifest, as the host reads it.
    pub fn manifest(&self) -> Manifest {
        Manifest {
            api_version: DOCUMENT_VERSION.into(),
            kind: "Plugin".into(),
            name: self.name.into(),
            version: self.version.into(),
            summary: self.summary.into(),
            author: self.author.into(),
            abi: ManifestAbi { major: crate::abi::MAJOR.into(), minor: crate::abi::MINOR.into() },
            runtime: String::new(),
            language: String::new(),
            provides: self.provides.iter().map(|one| one.extension.clone()).collect(),
        }
    }

    /// Does a verb of the extension with that address (`ca/1:NAME`). A panic becomes a Problem here.
    pub fn invoke(
        &self,
        host: &dyn Host,
        address: &str,
        verb: &str,
        request: &[u8],
    ) -> Result<Vec<u8>, Problem> {
        let answer = self
            .provides
            .iter()
            .filter(|one| format!("{}:{}", one.extension.point, one.extension.name) == address)
            .flat_map(|one| &one.answers)
            .find(|(name, _)| *name == verb)
            .map(|(_, answer)| answer)
            .ok_or_else(|| Problem::new("unsupported", format!("no verb {verb} of {address}")))?;
        catch_unwind(AssertUnwindSafe(|| answer(host, request))).unwrap_or_else(|_| {
            Err(Problem::new("plugin-fault", format!("{address} {verb} panicked")))
        })
    }
}
