// Made by tools/generate from sdk/schemas; not to be edited.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// The codes of a Problem.
pub mod code {
    /// the command line is wrong
    pub const USAGE: &str = "usage";
    /// a file, setting or request cannot be used as it is
    pub const INVALID_INPUT: &str = "invalid-input";
    /// the kubeconfig cannot be read, or contradicts itself
    pub const INVALID_KUBECONFIG: &str = "invalid-kubeconfig";
    /// the kubeconfig, or the run, does not have this context
    pub const UNKNOWN_CONTEXT: &str = "unknown-context";
    /// no such extension, service or verb is offered
    pub const UNSUPPORTED: &str = "unsupported";
    /// it was tried and did not work; whatever no other code says
    pub const FAILED: &str = "failed";
    /// an object, kind, file or program was not found
    pub const MISSING: &str = "missing";
    /// the API server does not accept the object
    pub const REJECTED: &str = "rejected";
    /// the API server failed
    pub const SERVER_ERROR: &str = "server-error";
    /// an answer is larger than its limit
    pub const TOO_LARGE: &str = "too-large";
    /// the operator answered no
    pub const DECLINED: &str = "declined";
    /// the output cannot be written
    pub const OUTPUT: &str = "output";
    /// a part is done; the same command continues
    pub const PENDING: &str = "pending";
    /// another manager or owner holds the field or object
    pub const CONFLICT: &str = "conflict";
    /// it would be unsafe, or is not allowed
    pub const REFUSED: &str = "refused";
    /// the object changed since it was read
    pub const PRECONDITION: &str = "precondition";
    /// two contexts are one cluster
    pub const SAME_CLUSTER: &str = "same-cluster";
    /// no connection, or no answer
    pub const UNREACHABLE: &str = "unreachable";
    /// the server's certificate or TLS is not accepted
    pub const TLS: &str = "tls";
    /// the server redirects, which is not followed
    pub const REDIRECT: &str = "redirect";
    /// the server does not accept the credential
    pub const UNAUTHORIZED: &str = "unauthorized";
    /// the credential lacks a right
    pub const FORBIDDEN: &str = "forbidden";
    /// a credential cannot be obtained
    pub const CREDENTIAL: &str = "credential";
    /// the server has too many requests
    pub const THROTTLED: &str = "throttled";
    /// it did not finish in time
    pub const DEADLINE: &str = "deadline";
    /// a plugin broke the contract: crashed, hung or answered nonsense
    pub const PLUGIN_FAULT: &str = "plugin-fault";
    /// a document does not have its shape
    pub const INVALID_DOCUMENT: &str = "invalid-document";
    /// a plugin is not loaded
    pub const PLUGIN_REFUSED: &str = "plugin-refused";
    /// an error of kubectl mesh itself
    pub const INTERNAL: &str = "internal";
    /// the run was interrupted
    pub const CANCELLED: &str = "cancelled";
}

/// what went wrong, in words and as a code that a script can match
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Problem {
    /// what kind of failure, for scripts: one of the codes below; of a third-party plugin the host takes any other for failed, and says so
    pub code: String,
    /// one sentence: what failed, where, why; never holds a secret
    pub message: String,
    /// what to do or type next
    #[serde(default, skip_serializing_if = "is_default")]
    pub hint: String,
    /// name of the context, if one cluster is meant
    #[serde(default, skip_serializing_if = "is_default")]
    pub cluster: String,
    /// the object that is meant: Secret istio-system/cacerts
    #[serde(default, skip_serializing_if = "is_default")]
    pub object: String,
    /// the same request may succeed later; absent: false. A call that only reads is made again by the host, after 0.5 and after 2 seconds, within its deadline; not if `cluster` is set, for what clusters do not answer was asked again already. Of issue and of verbs that change, the operator is told
    #[serde(default, skip_serializing_if = "is_default")]
    pub retryable: bool,
    /// set by the host: the plugin that failed; what it would have answered is missing
    #[serde(default, skip_serializing_if = "is_default")]
    pub plugin: String,
}

/// out of mesh.yaml, or the defaults
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Mesh {
    /// Istio's global.meshID
    pub id: String,
    pub trust_domain: String,
    /// of aliases, without a dot before it: global
    pub suffix: String,
    /// how services of other clusters are reached
    pub mode: String,
    /// all of the mesh, in the file's order; a request's own clusters are those to work on
    pub clusters: Vec<MeshCluster>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MeshCluster {
    /// its name in this run, as in `clusters` of a request
    pub context: String,
    /// Istio's cluster name
    pub name: String,
    /// value of topology.istio.io/network
    pub network: String,
}

/// what a changing verb answers; the host shows it, asks, and carries it out
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Plan {
    /// always kubectl-mesh.dev/v1
    pub api_version: String,
    /// always Plan
    pub kind: String,
    #[serde(default, skip_serializing_if = "is_default")]
    pub title: String,
    pub actions: Vec<Action>,
    #[serde(default, skip_serializing_if = "is_default")]
    pub notes: Vec<Note>,
    /// any: nothing is written anywhere
    #[serde(default, skip_serializing_if = "is_default")]
    pub refusals: Vec<Problem>,
    /// what to type or do after it is applied
    #[serde(default, skip_serializing_if = "is_default")]
    pub next: Vec<String>,
    /// the rest can only be planned from what this part brings about: the host asks the same verb again after it
    #[serde(default, skip_serializing_if = "is_default")]
    pub continues: bool,
    /// what the plan leaves undone, and why: the rest is carried out, then nothing more begins, and the same command goes on later; exit status 3 with the code pending, or if anything was written
    #[serde(default, skip_serializing_if = "is_default")]
    pub unfinished: Vec<Problem>,
    /// what the rest may write: the host asks the operator again before anything else is written
    #[serde(default, skip_serializing_if = "is_default")]
    pub announces: Vec<Announcement>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Action {
    /// one of store, apply, edit, delete, run, wait, restart, prove
    pub r#type: String,
    /// absent: store, or a prove about all clusters, which comes after all of its phase; a prove is only carried out if something before it has changed, in its cluster or, without one, anywhere
    #[serde(default, skip_serializing_if = "is_default")]
    pub cluster: String,
    /// one line for the operator: why
    #[serde(default, skip_serializing_if = "is_default")]
    pub reason: String,
    /// every cluster ends a phase before any enters the next
    #[serde(default, skip_serializing_if = "is_default")]
    pub phase: i64,
    /// apply: the whole Kubernetes object
    #[serde(default, skip_serializing_if = "is_default")]
    pub object: Map<String, Value>,
    #[serde(default, skip_serializing_if = "is_default")]
    pub target: std::option::Option<Target>,
    /// edit, delete: JSON pointer -> value that must be found there
    #[serde(default, skip_serializing_if = "is_default")]
    pub precondition: Map<String, Value>,
    /// edit: RFC 6902
    #[serde(default, skip_serializing_if = "is_default")]
    pub patch: Vec<Map<String, Value>>,
    #[serde(default, skip_serializing_if = "is_default")]
    pub file: std::option::Option<StoredFile>,
    /// run: a name on PATH, or absolute; its KUBECONFIG knows just this cluster
    #[serde(default, skip_serializing_if = "is_default")]
    pub program: String,
    /// run; never holds a secret
    #[serde(default, skip_serializing_if = "is_default")]
    pub arguments: Vec<String>,
    /// run: its standard input; never holds a secret
    #[serde(default, skip_serializing_if = "is_default")]
    pub input: String,
    /// run; absent: it cannot be undone
    #[serde(default, skip_serializing_if = "is_default")]
    pub undo: std::option::Option<ProgramUndo>,
    /// run: with it --output-dir writes the release and its values as files
    #[serde(default, skip_serializing_if = "is_default")]
    pub release: std::option::Option<HelmRelease>,
    /// wait; absent: value
    #[serde(default, skip_serializing_if = "is_default")]
    pub until: String,
    /// wait for value or present: RFC 6901, into target
    #[serde(default, skip_serializing_if = "is_default")]
    pub pointer: String,
    /// wait for value: what must be found at pointer; for condition: its type in status.conditions
    #[serde(default, skip_serializing_if = "is_default")]
    pub value: Value,
    /// wait, run, restart, prove: at most; absent: 60
    #[serde(default, skip_serializing_if = "is_default")]
    pub seconds: i64,
    /// prove: who is asked
    #[serde(default, skip_serializing_if = "is_default")]
    pub extension: String,
    /// prove: a verb that answers with a Report
    #[serde(default, skip_serializing_if = "is_default")]
    pub verb: String,
    /// prove: what it is asked
    #[serde(default, skip_serializing_if = "is_default")]
    pub request: Map<String, Value>,
    /// prove: until it has succeeded, what the run wrote in this cluster and phase is reverted by whatever ends the run: a failed step, an interrupt, or a kill, after which the next run reverts it
    #[serde(default, skip_serializing_if = "is_default")]
    pub revert: bool,
    /// run, prove: asked for before anything is written anywhere
    #[serde(default, skip_serializing_if = "is_default")]
    pub needs: Vec<NeededRight>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Target {
    /// v1, apps/v1
    pub api_version: String,
    pub kind: String,
    /// absent: cluster-scoped
    #[serde(default, skip_serializing_if = "is_default")]
    pub namespace: String,
    pub name: String,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StoredFile {
    /// one that the operator named for the plugin, absolute and without ..; absent: the folder of the plugin in the user's data
    #[serde(default, skip_serializing_if = "is_default")]
    pub folder: String,
    /// one path component
    pub name: String,
    /// written whole or not at all, mode 0600; never shown
    pub data: String,
    /// absent or false: refuse if the file is there already
    #[serde(default, skip_serializing_if = "is_default")]
    pub replace: bool,
    /// of the host alone: the number of a file that an extension answered to the plugin; data is empty then, and the host stores what was answered. Pass it on unchanged
    #[serde(default, skip_serializing_if = "is_default")]
    pub kept: i64,
}

/// how the program of a run undoes what it did
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ProgramUndo {
    /// of the same program; never holds a secret
    pub arguments: Vec<String>,
    /// its standard input; never holds a secret
    #[serde(default, skip_serializing_if = "is_default")]
    pub input: String,
    /// undo is refused if an object is selected that did not exist when the run ended
    #[serde(default, skip_serializing_if = "is_default")]
    pub history: std::option::Option<ObjectSelection>,
    /// kept by the run, recreated before the program starts
    #[serde(default, skip_serializing_if = "is_default")]
    pub restores: Vec<Target>,
    /// deleted afterwards, if the run brought them about
    #[serde(default, skip_serializing_if = "is_default")]
    pub leaves: Vec<ObjectSelection>,
    /// checked before anything is undone
    #[serde(default, skip_serializing_if = "is_default")]
    pub needs: Vec<NeededRight>,
}

/// objects of one kind: those that are named, else those that the labels select
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ObjectSelection {
    pub api_version: String,
    pub kind: String,
    /// absent: all namespaces
    #[serde(default, skip_serializing_if = "is_default")]
    pub namespace: String,
    /// absent: any
    #[serde(default, skip_serializing_if = "is_default")]
    pub names: Vec<String>,
    /// selector, as of kubectl -l; absent: any
    #[serde(default, skip_serializing_if = "is_default")]
    pub labels: String,
}

/// a right in the action's cluster that the action alone does not tell
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NeededRight {
    /// of RBAC
    pub verb: String,
    /// without a name: any
    pub target: ObjectRef,
    /// portforward
    #[serde(default, skip_serializing_if = "is_default")]
    pub subresource: String,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ObjectRef {
    /// v1, apps/v1
    #[serde(default, skip_serializing_if = "is_default")]
    pub api_version: String,
    pub kind: String,
    /// absent: cluster-scoped
    #[serde(default, skip_serializing_if = "is_default")]
    pub namespace: String,
    #[serde(default, skip_serializing_if = "is_default")]
    pub name: String,
}

/// the Helm release that a program is about; its values are the program's standard input
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct HelmRelease {
    /// istiod
    pub name: String,
    pub namespace: String,
    /// directory, archive, name in the repository, or oci://
    #[serde(default, skip_serializing_if = "is_default")]
    pub chart: String,
    /// URL; absent: none
    #[serde(default, skip_serializing_if = "is_default")]
    pub repository: String,
    /// absent: the only one, or the newest
    #[serde(default, skip_serializing_if = "is_default")]
    pub version: String,
    /// those of the arguments that are values files of the operator
    #[serde(default, skip_serializing_if = "is_default")]
    pub value_files: Vec<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Note {
    #[serde(default, skip_serializing_if = "is_default")]
    pub severity: String,
    #[serde(default, skip_serializing_if = "is_default")]
    pub cluster: String,
    pub text: String,
}

/// a write that a later part of the same run may make; an asterisk in a name or a program stands for any text
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Announcement {
    /// one of store, apply, edit, delete, run, restart
    pub r#type: String,
    /// absent for store
    #[serde(default, skip_serializing_if = "is_default")]
    pub cluster: String,
    /// apply, edit, delete, restart
    #[serde(default, skip_serializing_if = "is_default")]
    pub target: std::option::Option<Target>,
    /// run
    #[serde(default, skip_serializing_if = "is_default")]
    pub program: String,
    /// store: its name
    #[serde(default, skip_serializing_if = "is_default")]
    pub file: String,
    /// one line for the operator: why
    #[serde(default, skip_serializing_if = "is_default")]
    pub reason: String,
}

/// what a reading verb answers, and what the host prints
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// always kubectl-mesh.dev/v1
    pub api_version: String,
    /// CertificateList, FindingList, ...
    pub kind: String,
    #[serde(default, skip_serializing_if = "is_default")]
    pub columns: Vec<Column>,
    pub items: Vec<Value>,
    #[serde(default, skip_serializing_if = "is_default")]
    pub notes: Vec<Note>,
    /// clusters that could not be asked; the rest is still shown
    #[serde(default, skip_serializing_if = "is_default")]
    pub problems: Vec<Problem>,
    /// true: a check failed, exit status 1
    #[serde(default, skip_serializing_if = "is_default")]
    pub failed: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Column {
    pub title: String,
    /// RFC 6901, into an item
    pub pointer: String,
    /// only with -o wide
    #[serde(default, skip_serializing_if = "is_default")]
    pub wide: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Finding {
    /// stable: certs/chain-verifies
    pub id: String,
    pub cluster: String,
    pub severity: String,
    /// a positive claim: the chain leads to the root
    pub title: String,
    /// what was seen
    #[serde(default, skip_serializing_if = "is_default")]
    pub evidence: String,
    /// what to do
    #[serde(default, skip_serializing_if = "is_default")]
    pub fix: String,
}

/// what a plugin offers; written by the library itself and kept beside it
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Manifest {
    /// always kubectl-mesh.dev/v1
    pub api_version: String,
    /// always Plugin
    pub kind: String,
    pub name: String,
    /// Semantic Versioning 2.0.0
    pub version: String,
    #[serde(default, skip_serializing_if = "is_default")]
    pub summary: String,
    /// whom the operator trusts: Acme PKI <pki@acme.example>
    #[serde(default, skip_serializing_if = "is_default")]
    pub author: String,
    pub abi: ManifestAbi,
    /// how it is started; absent: library. executable is reserved, for one that reads requests from its standard input: this kubectl mesh refuses it
    #[serde(default, skip_serializing_if = "is_default")]
    pub runtime: String,
    /// the language whose run time the library brings with it: go; plugin check shows as exceptions what that run time cannot keep
    #[serde(default, skip_serializing_if = "is_default")]
    pub language: String,
    pub provides: Vec<Extension>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ManifestAbi {
    /// MESH_ABI_MAJOR of the header it was built with
    pub major: i64,
    #[serde(default, skip_serializing_if = "is_default")]
    pub minor: i64,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Extension {
    /// the versioned id of the extension point: ca/1; point and name form the address ca/1:NAME
    pub point: String,
    pub name: String,
    #[serde(default, skip_serializing_if = "is_default")]
    pub summary: String,
    /// command/1: all that it offers; another point: those verbs of the point that have a timeout of their own
    #[serde(default, skip_serializing_if = "is_default")]
    pub verbs: Vec<Verb>,
    /// ca/1: issue, bring, rotate
    #[serde(default, skip_serializing_if = "is_default")]
    pub abilities: Vec<String>,
    /// JSON Schema (draft 7) of the settings that it takes, with a description each: help shows them; one with x-point: ca/1 names an extension of that point, whose settings stand beside it; one with format: path arrives absolute; one with format: secret is written as env:NAME or file:PATH and arrives as its value, which is masked wherever it is shown; one with format: duration is a number and a unit of s, m, h, d, w or y: 36h; extensions of command/1, check/1 and overview/1 that have one name share a section, which one of them describes
    #[serde(default, skip_serializing_if = "is_default")]
    pub settings: Map<String, Value>,
    /// command/1: where the concern stands in plan, up and down; absent: it takes no part
    #[serde(default, skip_serializing_if = "is_default")]
    pub lifecycle: std::option::Option<ExtensionLifecycle>,
    #[serde(default, skip_serializing_if = "is_default")]
    pub needs: std::option::Option<Needs>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Verb {
    pub name: String,
    /// one line, no full stop
    #[serde(default, skip_serializing_if = "is_default")]
    pub summary: String,
    /// paragraphs of --help
    #[serde(default, skip_serializing_if = "is_default")]
    pub details: String,
    /// true: answers with a Plan; absent or false: with a Report
    #[serde(default, skip_serializing_if = "is_default")]
    pub changes: bool,
    #[serde(default, skip_serializing_if = "is_default")]
    pub options: Vec<Option>,
    #[serde(default, skip_serializing_if = "is_default")]
    pub examples: Vec<Example>,
    /// the most that it may take, with all that it asks; absent: as long as the run may, see --timeout
    #[serde(default, skip_serializing_if = "is_default")]
    pub timeout_seconds: i64,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Option {
    pub name: String,
    /// one of text, number, flag, duration, path
    #[serde(default, skip_serializing_if = "is_default")]
    pub r#type: String,
    /// what stands for the value in help: NAME
    #[serde(default, skip_serializing_if = "is_default")]
    pub value: String,
    #[serde(default, skip_serializing_if = "is_default")]
    pub help: String,
    /// shown in help; not sent when the operator gave nothing
    #[serde(default, skip_serializing_if = "is_default")]
    pub default: String,
    #[serde(default, skip_serializing_if = "is_default")]
    pub choices: Vec<String>,
    /// may be given several times; sent as an array
    #[serde(default, skip_serializing_if = "is_default")]
    pub repeated: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Example {
    #[serde(default, skip_serializing_if = "is_default")]
    pub text: String,
    /// without the name of the program
    pub command: String,
}

/// command/1: where the concern stands in plan, up and down; absent: it takes no part
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ExtensionLifecycle {
    /// concerns that up does before this one, and down after it; a name that is not installed constrains nothing; *: all concerns whose own after lacks the *
    #[serde(default, skip_serializing_if = "is_default")]
    pub after: Vec<String>,
    /// concerns that up does after this one: after, said from the other side
    #[serde(default, skip_serializing_if = "is_default")]
    pub before: Vec<String>,
    /// the verb that plan and up call; one that only reads is a proof, asked until it is content
    #[serde(default, skip_serializing_if = "is_default")]
    pub up: String,
    /// the verb that down calls
    #[serde(default, skip_serializing_if = "is_default")]
    pub down: String,
}

/// what it wants of the host and of the machine; what is not named here is refused
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Needs {
    /// that it reads through kube.read/1; *: all but v1/Secret
    #[serde(default, skip_serializing_if = "is_default")]
    pub reads: Vec<String>,
    /// that its plans touch; *: all but v1/Secret
    #[serde(default, skip_serializing_if = "is_default")]
    pub writes: Vec<String>,
    /// that it or its plans start, by name, with the oldest version that serves (its answer to `NAME version` is looked at): helm>=3.13; *: those that the operator names
    #[serde(default, skip_serializing_if = "is_default")]
    pub programs: Vec<String>,
    /// files and folders that it reads itself
    #[serde(default, skip_serializing_if = "is_default")]
    pub files: Vec<String>,
    /// it opens connections of its own, or asks tls/1
    #[serde(default, skip_serializing_if = "is_default")]
    pub network: bool,
    /// it asks pods through pod/1
    #[serde(default, skip_serializing_if = "is_default")]
    pub pods: bool,
    /// extensions of other plugins that it asks: all of a point (dns/1), or one (dns/1:NAME); ca/1 answers only the concern that the operator ran with it
    #[serde(default, skip_serializing_if = "is_default")]
    pub asks: Vec<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CommandRequest {
    /// names of the contexts, in the operator's order
    pub clusters: Vec<String>,
    /// by name, only what the operator gave: text, duration and path as strings, number as an integer, flag as true
    #[serde(default, skip_serializing_if = "is_default")]
    pub options: Map<String, Value>,
    /// the concern's section of mesh.yaml with --set on top
    #[serde(default, skip_serializing_if = "is_default")]
    pub settings: Map<String, Value>,
    #[serde(default, skip_serializing_if = "is_default")]
    pub mesh: std::option::Option<Mesh>,
    /// a look ahead: concerns before this one have not been applied yet, so what they will bring is a note and no refusal
    #[serde(default, skip_serializing_if = "is_default")]
    pub ahead: bool,
    /// the plan becomes files, not writes: it also names what exists already as desired
    #[serde(default, skip_serializing_if = "is_default")]
    pub complete: bool,
    /// part of down: what the concern keeps for the others, as a shared namespace, may go as well
    #[serde(default, skip_serializing_if = "is_default")]
    pub ending: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CaCommon {
    /// as the strategy's own schema in the manifest has them
    #[serde(default, skip_serializing_if = "is_default")]
    pub settings: Map<String, Value>,
    /// --ca-dir; absent or empty: the folder of the strategy's plugin
    #[serde(default, skip_serializing_if = "is_default")]
    pub folder: String,
    #[serde(default, skip_serializing_if = "is_default")]
    pub policy: std::option::Option<CaPolicy>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CaPolicy {
    /// of a root that is to be made
    #[serde(default, skip_serializing_if = "is_default")]
    pub key: String,
    /// of a root that is to be made
    #[serde(default, skip_serializing_if = "is_default")]
    pub root_days: i64,
    /// of an intermediate; never beyond its issuer
    #[serde(default, skip_serializing_if = "is_default")]
    pub days: i64,
    #[serde(default, skip_serializing_if = "is_default")]
    pub trust_domain: String,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CaRootsReply {
    /// what clusters are to trust; empty: none made yet
    pub roots: Vec<String>,
    /// PEM of the root or issuer that signs now
    #[serde(default, skip_serializing_if = "is_default")]
    pub signer: String,
    /// PEM of a root that a rotation has begun to introduce
    #[serde(default, skip_serializing_if = "is_default")]
    pub next: String,
    /// for the operator: a folder, a URL
    #[serde(default, skip_serializing_if = "is_default")]
    pub r#where: String,
    /// how long issuing usually takes, for the progress line
    #[serde(default, skip_serializing_if = "is_default")]
    pub seconds: i64,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CaIssueRequest {
    /// as the strategy's own schema in the manifest has them
    #[serde(default, skip_serializing_if = "is_default")]
    pub settings: Map<String, Value>,
    /// --ca-dir; absent or empty: the folder of the strategy's plugin
    #[serde(default, skip_serializing_if = "is_default")]
    pub folder: String,
    #[serde(default, skip_serializing_if = "is_default")]
    pub policy: std::option::Option<CaPolicy>,
    /// issue: what the strategy answered as pending before; `requests` has what it was about, and may have others
    #[serde(default, skip_serializing_if = "is_default")]
    pub token: String,
    /// of a rotation: trust both, sign new, drop old; abort: drop the new root, from which no certificate comes any more
    #[serde(default, skip_serializing_if = "is_default")]
    pub stage: String,
    #[serde(default, skip_serializing_if = "is_default")]
    pub requests: Vec<CertificateRequest>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CertificateRequest {
    pub cluster: String,
    pub csr: String,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CaIssueReply {
    pub issued: Vec<IssuedCertificate>,
    /// what every cluster is to trust from now on
    pub roots: Vec<String>,
    /// what the strategy must find again; written before any cluster
    #[serde(default, skip_serializing_if = "is_default")]
    pub keep: Vec<StoredFile>,
    /// requests that are not signed, and why; the other clusters get their certificates
    #[serde(default, skip_serializing_if = "is_default")]
    pub refused: Vec<CaIssueReplyRefused>,
    /// requests that are neither issued nor refused wait, for an approval: the same command goes on later
    #[serde(default, skip_serializing_if = "is_default")]
    pub pending: std::option::Option<PendingIssue>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct IssuedCertificate {
    pub cluster: String,
    /// the new certificate first, then its issuers; without the root
    pub chain: Vec<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CaIssueReplyRefused {
    /// what kind of failure, for scripts: one of the codes below; of a third-party plugin the host takes any other for failed, and says so
    pub code: String,
    /// one sentence: what failed, where, why; never holds a secret
    pub message: String,
    /// what to do or type next
    #[serde(default, skip_serializing_if = "is_default")]
    pub hint: String,
    /// name of the context, if one cluster is meant
    pub cluster: String,
    /// the object that is meant: Secret istio-system/cacerts
    #[serde(default, skip_serializing_if = "is_default")]
    pub object: String,
    /// the same request may succeed later; absent: false. A call that only reads is made again by the host, after 0.5 and after 2 seconds, within its deadline; not if `cluster` is set, for what clusters do not answer was asked again already. Of issue and of verbs that change, the operator is told
    #[serde(default, skip_serializing_if = "is_default")]
    pub retryable: bool,
    /// set by the host: the plugin that failed; what it would have answered is missing
    #[serde(default, skip_serializing_if = "is_default")]
    pub plugin: String,
}

/// requests that are neither issued nor refused wait, for an approval: the same command goes on later
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PendingIssue {
    /// by which the strategy finds them again; kept in a file of mode 0600, never shown
    pub token: String,
    /// what is awaited, of whom: ticket 4711 waits for approval by the PKI team
    pub message: String,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CaIssued {
    pub issued: Vec<IssuedCertificate>,
    /// what every cluster is to trust from now on
    pub roots: Vec<String>,
    /// what the strategy must find again; written before any cluster
    #[serde(default, skip_serializing_if = "is_default")]
    pub keep: Vec<StoredFile>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CaBringRequest {
    /// as the strategy's own schema in the manifest has them
    #[serde(default, skip_serializing_if = "is_default")]
    pub settings: Map<String, Value>,
    /// --ca-dir; absent or empty: the folder of the strategy's plugin
    #[serde(default, skip_serializing_if = "is_default")]
    pub folder: String,
    #[serde(default, skip_serializing_if = "is_default")]
    pub policy: std::option::Option<CaPolicy>,
    pub clusters: Vec<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CaBringReply {
    pub sets: Vec<CaSet>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CaSet {
    pub cluster: String,
    pub certificate: String,
    pub key: String,
    #[serde(default, skip_serializing_if = "is_default")]
    pub chain: Vec<String>,
    pub roots: Vec<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DnsRequest {
    pub cluster: String,
    /// the zone, without a dot before or behind it: global
    pub suffix: String,
    /// absent: cluster.local
    #[serde(default, skip_serializing_if = "is_default")]
    pub cluster_domain: String,
    /// Istio's; absent: istio-system
    #[serde(default, skip_serializing_if = "is_default")]
    pub namespace: String,
    /// gke, eks, aks, openshift, k3s, ...; empty: unknown
    #[serde(default, skip_serializing_if = "is_default")]
    pub platform: String,
    /// NodeLocal DNSCache answers before the cluster's DNS
    #[serde(default, skip_serializing_if = "is_default")]
    pub node_local: bool,
    /// what the concern has read, as the API server gave it
    #[serde(default, skip_serializing_if = "is_default")]
    pub objects: std::option::Option<DnsRequestObjects>,
    /// address of the concern's name server for the zone; empty: there is none yet
    #[serde(default, skip_serializing_if = "is_default")]
    pub server: String,
    /// the zone's names, sorted
    #[serde(default, skip_serializing_if = "is_default")]
    pub names: Vec<DnsName>,
    /// as the strategy's own schema in the manifest has them
    #[serde(default, skip_serializing_if = "is_default")]
    pub settings: Map<String, Value>,
}

/// what the concern has read, as the API server gave it
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DnsRequestObjects {
    /// Deployment of the cluster's DNS
    #[serde(default, skip_serializing_if = "is_default")]
    pub workload: Map<String, Value>,
    /// ConfigMap with its Corefile
    #[serde(default, skip_serializing_if = "is_default")]
    pub config: Map<String, Value>,
    /// ConfigMap with further server blocks
    #[serde(default, skip_serializing_if = "is_default")]
    pub custom: Map<String, Value>,
    /// ConfigMap kube-system/kube-dns
    #[serde(default, skip_serializing_if = "is_default")]
    pub stubs: Map<String, Value>,
    /// ConfigMap with Istio's mesh config
    #[serde(default, skip_serializing_if = "is_default")]
    pub mesh: Map<String, Value>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DnsName {
    pub host: String,
    pub addresses: Vec<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DnsFitReply {
    /// 0: not at all; 1: only if it is named; auto takes the highest
    pub score: i64,
    pub why: String,
    /// score 0: the supported way on such a cluster
    #[serde(default, skip_serializing_if = "is_default")]
    pub hint: String,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DnsLookReply {
    pub present: bool,
    /// addresses that the zone is sent to
    #[serde(default, skip_serializing_if = "is_default")]
    pub targets: Vec<String>,
    /// the object: ConfigMap kube-system/coredns
    #[serde(default, skip_serializing_if = "is_default")]
    pub r#where: String,
    /// the pods that answer for the zone, in the place of those of the cluster's DNS: they are asked for the proof, over TCP; absent: those of the cluster's DNS
    #[serde(default, skip_serializing_if = "is_default")]
    pub resolvers: Vec<DnsResolver>,
    /// why no pod can be asked for the zone: it is served outside of the cluster. The cluster's own names are proven all the same
    #[serde(default, skip_serializing_if = "is_default")]
    pub unprovable: String,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DnsResolver {
    pub namespace: String,
    /// selector of the pods, as of kubectl -l
    pub labels: String,
    /// absent: 53
    #[serde(default, skip_serializing_if = "is_default")]
    pub port: i64,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CheckRunRequest {
    pub clusters: Vec<String>,
    #[serde(default, skip_serializing_if = "is_default")]
    pub options: Map<String, Value>,
    /// its section of mesh.yaml, see docs/plugins/authors.md; added by the host where a plugin asks without
    pub settings: Map<String, Value>,
    #[serde(default, skip_serializing_if = "is_default")]
    pub mesh: std::option::Option<Mesh>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CheckRunReply {
    /// always kubectl-mesh.dev/v1
    pub api_version: String,
    /// CertificateList, FindingList, ...
    pub kind: String,
    #[serde(default, skip_serializing_if = "is_default")]
    pub columns: Vec<Column>,
    pub items: Vec<Finding>,
    #[serde(default, skip_serializing_if = "is_default")]
    pub notes: Vec<Note>,
    /// clusters that could not be asked; the rest is still shown
    #[serde(default, skip_serializing_if = "is_default")]
    pub problems: Vec<Problem>,
    /// true: a check failed, exit status 1
    #[serde(default, skip_serializing_if = "is_default")]
    pub failed: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ExposureRequest {
    /// as the strategy's own schema in the manifest has them
    #[serde(default, skip_serializing_if = "is_default")]
    pub settings: Map<String, Value>,
    pub mesh: Mesh,
    /// to work on
    pub clusters: Vec<String>,
    /// of the mesh, but not of this run: what leads to them stays as it is
    #[serde(default, skip_serializing_if = "is_default")]
    pub unseen: Vec<String>,
    #[serde(default, skip_serializing_if = "is_default")]
    pub ahead: bool,
    #[serde(default, skip_serializing_if = "is_default")]
    pub istio_namespace: String,
    /// for a gateway that has no address yet
    #[serde(default, skip_serializing_if = "is_default")]
    pub wait_seconds: i64,
    #[serde(default, skip_serializing_if = "is_default")]
    pub exports: Vec<ExposureExport>,
    /// one per cluster that exports something
    #[serde(default, skip_serializing_if = "is_default")]
    pub gateways: Vec<ExposureGateway>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ExposureExport {
    /// context of the cluster that the service lives in
    pub cluster: String,
    pub namespace: String,
    pub service: String,
    /// its name in the other clusters
    pub host: String,
    pub ports: Vec<ExposureExportPort>,
    /// of the servers; empty: not known
    #[serde(default, skip_serializing_if = "is_default")]
    pub identities: Vec<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ExposureExportPort {
    /// of the Service
    pub number: i64,
    pub name: String,
    /// as Istio names it; empty: it looks at the first bytes
    #[serde(default, skip_serializing_if = "is_default")]
    pub protocol: String,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ExposureGateway {
    pub cluster: String,
    /// one of ready, pending, absent
    pub state: String,
    #[serde(default, skip_serializing_if = "is_default")]
    pub namespace: String,
    /// the gateway's Service
    #[serde(default, skip_serializing_if = "is_default")]
    pub service: String,
    /// why it is not ready, as the end of a sentence
    #[serde(default, skip_serializing_if = "is_default")]
    pub why: String,
    #[serde(default, skip_serializing_if = "is_default")]
    pub addresses: Vec<GatewayAddress>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct GatewayAddress {
    /// IP or host name
    pub address: String,
    pub port: i64,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct HelmDriverChangeRequest {
    pub release: HelmDriverRelease,
    #[serde(default, skip_serializing_if = "is_default")]
    pub settings: Map<String, Value>,
    /// answer with the actions of install even if the release is there as wanted
    #[serde(default, skip_serializing_if = "is_default")]
    pub complete: bool,
    #[serde(default, skip_serializing_if = "is_default")]
    pub state: std::option::Option<HelmDriverState>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct HelmDriverRelease {
    pub cluster: String,
    /// istiod
    pub name: String,
    pub namespace: String,
    pub chart: HelmDriverReleaseChart,
    #[serde(default, skip_serializing_if = "is_default")]
    pub values: Map<String, Value>,
    /// absolute paths of the operator's, on top, in order
    #[serde(default, skip_serializing_if = "is_default")]
    pub value_files: Vec<String>,
    /// fingerprint of all that goes in
    #[serde(default, skip_serializing_if = "is_default")]
    pub inputs: String,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct HelmDriverReleaseChart {
    /// folder, archive, name in the repository, or oci://
    pub name: String,
    /// URL; empty: none
    #[serde(default, skip_serializing_if = "is_default")]
    pub repository: String,
    /// empty: the only one, or the newest
    #[serde(default, skip_serializing_if = "is_default")]
    pub version: String,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct HelmDriverState {
    #[serde(default, skip_serializing_if = "is_default")]
    pub cluster: String,
    #[serde(default, skip_serializing_if = "is_default")]
    pub name: String,
    /// deployed, failed, pending-upgrade, ...; empty: not there
    #[serde(default, skip_serializing_if = "is_default")]
    pub status: String,
    /// of the run that made it; empty: somebody else's
    #[serde(default, skip_serializing_if = "is_default")]
    pub inputs: String,
    /// istiod-1.31.0; empty: unknown
    #[serde(default, skip_serializing_if = "is_default")]
    pub chart: String,
    #[serde(default, skip_serializing_if = "is_default")]
    pub revision: i64,
    /// absent: unknown
    #[serde(default, skip_serializing_if = "is_default")]
    pub changed: String,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct HelmDriverLookRequest {
    pub releases: Vec<HelmDriverRelease>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct HelmDriverLookReply {
    /// in the order of the releases
    pub states: Vec<HelmDriverState>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct HelmDriverInstallRequest {
    pub release: HelmDriverRelease,
    #[serde(default, skip_serializing_if = "is_default")]
    pub settings: Map<String, Value>,
    /// answer with the actions of install even if the release is there as wanted
    #[serde(default, skip_serializing_if = "is_default")]
    pub complete: bool,
    #[serde(default, skip_serializing_if = "is_default")]
    pub state: std::option::Option<HelmDriverState>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct HelmDriverUninstallRequest {
    pub release: HelmDriverRelease,
    #[serde(default, skip_serializing_if = "is_default")]
    pub settings: Map<String, Value>,
    /// answer with the actions of install even if the release is there as wanted
    #[serde(default, skip_serializing_if = "is_default")]
    pub complete: bool,
    #[serde(default, skip_serializing_if = "is_default")]
    pub state: std::option::Option<HelmDriverState>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OverviewRequest {
    /// names of the contexts, in the operator's order
    pub clusters: Vec<String>,
    /// its section of mesh.yaml, see docs/plugins/authors.md; of detect also what other concerns found for it
    pub settings: Map<String, Value>,
    pub mesh: Mesh,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OverviewDetectReply {
    /// may be left out
    #[serde(default, skip_serializing_if = "is_default")]
    pub kind: String,
    /// what mesh.yaml should say in the concern's section, found by looking
    #[serde(default, skip_serializing_if = "is_default")]
    pub settings: Map<String, Value>,
    /// one line for the reader of mesh.yaml, by key of settings; the empty key is about the section
    #[serde(default, skip_serializing_if = "is_default")]
    pub comments: BTreeMap<String, String>,
    /// what the clusters say already about the fields of mesh.json
    #[serde(default, skip_serializing_if = "is_default")]
    pub mesh: std::option::Option<OverviewDetectReplyMesh>,
    /// what is there already: versions, leftovers
    #[serde(default, skip_serializing_if = "is_default")]
    pub notes: Vec<Note>,
    /// mesh.yaml should leave the concern out: what is there is somebody else's, and a plan would refuse it
    #[serde(default, skip_serializing_if = "is_default")]
    pub skip: bool,
    #[serde(default, skip_serializing_if = "is_default")]
    pub problems: Vec<Problem>,
}

/// what the clusters say already about the fields of mesh.json
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OverviewDetectReplyMesh {
    #[serde(default, skip_serializing_if = "is_default")]
    pub id: String,
    #[serde(default, skip_serializing_if = "is_default")]
    pub trust_domain: String,
    #[serde(default, skip_serializing_if = "is_default")]
    pub suffix: String,
    /// one of alias, discovery
    #[serde(default, skip_serializing_if = "is_default")]
    pub mode: String,
    /// for every concern whose section has a setting of that name: istio-namespace
    #[serde(default, skip_serializing_if = "is_default")]
    pub settings: Map<String, Value>,
    /// by context
    #[serde(default, skip_serializing_if = "is_default")]
    pub clusters: BTreeMap<String, OverviewDetectReplyMeshCluster>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OverviewDetectReplyMeshCluster {
    #[serde(default, skip_serializing_if = "is_default")]
    pub name: String,
    #[serde(default, skip_serializing_if = "is_default")]
    pub network: String,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OverviewStatusReply {
    /// may be left out
    #[serde(default, skip_serializing_if = "is_default")]
    pub kind: String,
    /// pointers into a row
    pub columns: Vec<Column>,
    /// one for each cluster of the request: its name in `cluster`, and whatever the columns point to
    pub rows: Vec<Map<String, Value>>,
    #[serde(default, skip_serializing_if = "is_default")]
    pub notes: Vec<Note>,
    #[serde(default, skip_serializing_if = "is_default")]
    pub problems: Vec<Problem>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct KubeReadReadRequest {
    pub reads: Vec<Read>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Read {
    /// name of a context of this run
    pub cluster: String,
    pub api_version: String,
    pub kind: String,
    /// absent: cluster-scoped, or a list over all namespaces
    #[serde(default, skip_serializing_if = "is_default")]
    pub namespace: String,
    /// absent: a list
    #[serde(default, skip_serializing_if = "is_default")]
    pub name: String,
    /// list: a label selector
    #[serde(default, skip_serializing_if = "is_default")]
    pub labels: String,
    /// list: objects in a page; absent: 500
    #[serde(default, skip_serializing_if = "is_default")]
    pub limit: i64,
    /// list: token out of the page before
    #[serde(default, skip_serializing_if = "is_default")]
    pub next: String,
    /// list: items with nothing but their metadata, where the server can leave the rest out; absent: false
    #[serde(default, skip_serializing_if = "is_default")]
    pub metadata_only: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct KubeReadReadReply {
    /// in the order of the reads
    pub results: Vec<ReadResult>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ReadResult {
    /// false without a problem: it does not exist
    pub found: bool,
    /// the object, or the whole list
    #[serde(default, skip_serializing_if = "is_default")]
    pub object: Value,
    /// list: token for the next page; empty: this is the last
    #[serde(default, skip_serializing_if = "is_default")]
    pub next: String,
    #[serde(default, skip_serializing_if = "is_default")]
    pub problem: std::option::Option<Problem>,
}

/// whether the holder of a bearer token may list: asked with the token in place of the operator's credential, at the server of the kubeconfig
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct KubeReadTryRequest {
    pub reads: Vec<KubeReadTryRequestRead>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct KubeReadTryRequestRead {
    /// name of a context of this run
    pub cluster: String,
    pub api_version: String,
    pub kind: String,
    #[serde(default, skip_serializing_if = "is_default")]
    pub namespace: String,
    #[serde(default, skip_serializing_if = "is_default")]
    pub limit: i64,
    /// never logged, never stored
    pub token: String,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct KubeReadTryReply {
    /// in the order of reads
    pub answers: Vec<KubeReadTryReplyAnswer>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct KubeReadTryReplyAnswer {
    /// absent: it may
    #[serde(default, skip_serializing_if = "is_default")]
    pub problem: std::option::Option<Problem>,
}

/// bundled plugins only: how the API server of a cluster of this run is reached, without any credential
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ClusterDescribeRequest {
    /// name of a context of this run
    pub cluster: String,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ClusterDescribeReply {
    /// as the kubeconfig has it
    pub server: String,
    /// the CA of the kubeconfig; absent or empty: it names none
    #[serde(default, skip_serializing_if = "is_default")]
    pub ca_pem: String,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ClusterVersionsRequest {
    pub clusters: Vec<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ClusterVersionsReply {
    /// in the order of clusters
    pub versions: Vec<ClusterVersionsReplyVersion>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ClusterVersionsReplyVersion {
    /// of the API server: v1.36.4
    #[serde(default, skip_serializing_if = "is_default")]
    pub version: String,
    #[serde(default, skip_serializing_if = "is_default")]
    pub problem: std::option::Option<Problem>,
}

/// one exchange per ask over the API server's port-forward, in parallel; nothing runs in the cluster for it
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PodAskRequest {
    pub asks: Vec<PodAsk>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PodAsk {
    pub cluster: String,
    pub namespace: String,
    pub pod: String,
    pub port: i64,
    /// HTTP GET of this path
    #[serde(default, skip_serializing_if = "is_default")]
    pub path: String,
    /// base64; sent as one frame, its length in two bytes before it, as DNS over TCP has it; the answer is one such frame
    #[serde(default, skip_serializing_if = "is_default")]
    pub frame: String,
    /// absent: 5
    #[serde(default, skip_serializing_if = "is_default")]
    pub seconds: i64,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PodAskReply {
    /// in the order of the asks
    pub results: Vec<PodAnswer>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PodAnswer {
    /// path: HTTP status
    #[serde(default, skip_serializing_if = "is_default")]
    pub status: i64,
    /// path: the body
    #[serde(default, skip_serializing_if = "is_default")]
    pub body: String,
    /// frame: the answer, base64, without its length
    #[serde(default, skip_serializing_if = "is_default")]
    pub frame: String,
    #[serde(default, skip_serializing_if = "is_default")]
    pub problem: std::option::Option<Problem>,
}

/// a TLS handshake from the operator's machine without a client certificate, only to see the server's chain
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TlsProbeRequest {
    pub address: String,
    pub port: i64,
    /// SNI
    pub server_name: String,
    /// one protocol to offer
    #[serde(default, skip_serializing_if = "is_default")]
    pub alpn: String,
    /// PEM; each is a set of roots that the chain is verified against
    #[serde(default, skip_serializing_if = "is_default")]
    pub roots: Vec<String>,
    /// absent: 5
    #[serde(default, skip_serializing_if = "is_default")]
    pub seconds: i64,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TlsProbeReply {
    /// PEM, as the server sent it; empty: it ended the connection first
    pub chain: Vec<String>,
    /// for each of `roots` why the chain does not verify to them; empty text: it does
    #[serde(default, skip_serializing_if = "is_default")]
    pub faults: Vec<String>,
    #[serde(default, skip_serializing_if = "is_default")]
    pub problem: std::option::Option<Problem>,
}

/// bundled plugins only: a program that only reads, without a cluster (helm template); what changes a cluster is a `run` action
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ProgramRunRequest {
    /// a name on PATH, or absolute
    pub program: String,
    #[serde(default, skip_serializing_if = "is_default")]
    pub arguments: Vec<String>,
    #[serde(default, skip_serializing_if = "is_default")]
    pub input: String,
    /// absent: 30
    #[serde(default, skip_serializing_if = "is_default")]
    pub seconds: i64,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ProgramRunReply {
    pub status: i64,
    pub output: String,
    pub errors: String,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct YamlParseRequest {
    /// documents parted by lines of ---
    pub text: String,
    /// what it is, for messages
    #[serde(default, skip_serializing_if = "is_default")]
    pub what: String,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct YamlParseReply {
    /// empty ones left out
    pub documents: Vec<Value>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CatalogueListRequest {
    /// check/1
    pub point: String,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CatalogueListReply {
    /// sorted by name
    pub extensions: Vec<CatalogueListReplyExtension>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CatalogueListReplyExtension {
    pub address: String,
    pub name: String,
    #[serde(default, skip_serializing_if = "is_default")]
    pub summary: String,
    #[serde(default, skip_serializing_if = "is_default")]
    pub abilities: Vec<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LogWriteRequest {
    /// one of debug, info, warning
    #[serde(default, skip_serializing_if = "is_default")]
    pub level: String,
    pub text: String,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ProgressStepRequest {
    #[serde(default, skip_serializing_if = "is_default")]
    pub cluster: String,
    pub text: String,
}

/// a password, asked for on the terminal with the echo off; the operator sees which plugin asks
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OperatorSecretRequest {
    /// without a mark at its end: Password of the provisioner mesh
    pub question: String,
    /// a new one: asked for twice, the same both times
    #[serde(default, skip_serializing_if = "is_default")]
    pub confirm: bool,
    /// what to do where there is no terminal: use --set password-file=FILE
    #[serde(default, skip_serializing_if = "is_default")]
    pub instead: String,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OperatorSecretReply {
    pub answer: String,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ClockNowReply {
    /// with milliseconds: 2026-12-01T06:00:00.123Z
    pub time: String,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RandomBytesRequest {
    pub count: i64,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RandomBytesReply {
    pub bytes: Vec<i64>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StoreGetRequest {
    /// absolute; absent or empty: the folder of the calling plugin
    #[serde(default, skip_serializing_if = "is_default")]
    pub folder: String,
    /// one path component
    pub name: String,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StoreGetReply {
    pub found: bool,
    #[serde(default, skip_serializing_if = "is_default")]
    pub data: String,
}
