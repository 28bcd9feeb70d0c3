#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "mesh/json.hpp"
#include "mesh/problem.hpp"

// The documents that cross the boundary, as C++ values. The schemas in sdk/schemas are their
// source; tests/unit/test_sdk_documents.cpp holds every struct against its schema. Unknown fields
// are ignored when read. Reading throws Failure("invalid-document") that names the field.

namespace mesh {

/// apiVersion of every document of ours.
inline constexpr const char* k_document_version = "kubectl-mesh.dev/v1";

// ---- manifest.json: what a plugin offers --------------------------------------------------------

enum class OptionType { text, number, flag, duration, path };  ///< duration: "90m", "30d", "10y"

/// One option of a verb: a row of help, of the argument parser and of completion.
struct Option {
  std::string name;  ///< without dashes: "root-days"
  OptionType type = OptionType::text;
  std::string value;  ///< what stands for the value in help: "NAME"
  std::string help;
  std::string fallback;              ///< shown as default; not sent when the user gave nothing
  std::vector<std::string> choices;  ///< empty: anything
  bool repeated = false;             ///< may be given several times; sent as an array
};

struct Example {
  std::string text;     ///< what it is for
  std::string command;  ///< without the program's name: "certs install --contexts a,b"
};

struct Verb {
  std::string name;
  std::string summary;  ///< one line, no full stop
  std::string details;  ///< paragraphs of `--help`
  bool changes =
      false;  ///< true: answers with a Plan, which the host shows, asks about and applies
  std::vector<Option> options;
  std::vector<Example> examples;
  std::optional<std::int64_t> timeout_seconds{};  ///< the most that it may take; none: --timeout
};

/// Where a concern stands in the verbs over all concerns; without a verb it takes no part. A name
/// that is not installed constrains nothing; `down` goes the way of `up` back.
struct Lifecycle {
  std::vector<std::string> after{};   ///< concerns that `up` does first; "*": all without "*"
  std::vector<std::string> before{};  ///< concerns that `up` does later
  std::string up{};                   ///< the changing verb that `plan` and `up` call
  std::string down{};                 ///< the changing verb that `down` calls

  bool operator==(const Lifecycle&) const = default;
};

/// What an extension wants of the host and of the machine. The operator sees it before he trusts
/// the plugin; what is not named here is refused. A plugin has the needs of all its extensions.
struct Needs {
  std::vector<std::string> reads{};     ///< kinds: "v1/Service"; "*": all but Secrets
  std::vector<std::string> writes{};    ///< kinds that its plans touch
  std::vector<std::string> programs{};  ///< that it or its plans start: "helm"; "*": the operator's
  std::vector<std::string> files{};     ///< that it reads itself: absolute, or from "~/"
  bool network = false;                 ///< connections of its own, or tls/1
  bool pods = false;                    ///< pod/1: asks pods through the API server's port-forward
  std::vector<std::string> asks{};      ///< extensions of other plugins: "dns/1", or "dns/1:NAME"

  bool operator==(const Needs&) const = default;
};

/// One extension: `point` and `name` form its address "POINT:NAME".
struct Extension {
  std::string point;  ///< "command/1", "ca/1", "check/1", "dns/1", ...
  std::string name;
  std::string summary;
  std::vector<Verb> verbs;             ///< command/1: all; else those with a timeout
  std::vector<std::string> abilities;  ///< ca/1: "issue", "bring", "rotate"
  Json settings = Json::object();      ///< JSON Schema (draft 7) of its settings
  Lifecycle lifecycle{};               ///< command/1 only
  Needs needs{};
};

struct Manifest {
  std::string name;
  std::string version;
  std::string summary;
  std::string author{};  ///< "Acme PKI <pki@acme.example>": whom the operator trusts; may be empty
  std::vector<Extension> provides;
};

// ---- plan.json: what a changing verb answers
// -----------------------------------------------------

enum class ActionType {
  store,    ///< write a file of the operator's own (`file`), before anything else
  apply,    ///< server-side apply of `object`; skipped when the live object has all of it already
  edit,     ///< JSON patch `patch` of somebody else's `target`, only while `precondition` holds
  remove,   ///< delete `target`, only while `precondition` holds
  run,      ///< start `program` with `arguments`; its KUBECONFIG knows just this cluster
  wait,     ///< for `until` of `target`, at most `seconds`
  restart,  ///< rolling restart of the workload `target`, as `kubectl rollout restart`, to its end
  prove,    ///< ask `extension` for a Report until it does not say `failed`, at most `seconds`
};
/// Whether it changes something; to wait and to prove only look.
constexpr bool writes(ActionType type) {
  return type != ActionType::wait && type != ActionType::prove;
}

/// What a `wait` waits for.
enum class Until {
  value,      ///< the field at `pointer` equals `value`
  present,    ///< there is something at `pointer`, and it is not empty
  condition,  ///< the entry of status.conditions whose type is `value` says "True"
  rollout,    ///< all replicas of a workload are of its newest generation and available
  gone,       ///< the object does not exist any more
};

struct ObjectRef {
  std::string api_version;  ///< "v1", "apps/v1"
  std::string kind;
  std::string name_space;  ///< empty: cluster-scoped
  std::string name;

  bool operator==(const ObjectRef&) const = default;
};

/// A file in the operator's own store: `folder` empty means the plugin's folder under
/// XDG_DATA_HOME.
struct StoredFile {
  std::string folder;
  std::string name;      ///< one path component
  std::string owner{};   ///< extension whose plugin owns the folder; set by CaClient
  std::string data;      ///< written whole or not at all, mode 0600; never shown, never journalled
  bool replace = false;  ///< false: refuse if a file of that name is there already
  /// The host's number, from 1 on, of a file that an extension answered: the host has its data. A
  /// plan passes it on unchanged. 0: the data is here.
  std::int64_t kept = 0;
};

/// A right in the action's cluster that the action alone does not tell: what a program of `run`
/// will write, what a `prove` asks for. An empty name: any.
struct NeededRight {
  std::string verb;  ///< of RBAC: "create"
  ObjectRef target;
  std::string subresource{};  ///< "portforward"

  bool operator==(const NeededRight&) const = default;
};

/// Objects of one kind: those that are named, else those that the labels select.
struct ObjectSelection {
  ObjectRef kind;                    ///< without a name; without a namespace: of all namespaces
  std::vector<std::string> names{};  ///< empty: any
  std::string labels{};              ///< selector as of kubectl -l; empty: any

  bool operator==(const ObjectSelection&) const = default;
};

/// How the program of a `run` undoes what it did.
struct ProgramUndo {
  std::vector<std::string> arguments;  ///< of the same program; never hold a secret
  std::string input{};                 ///< its stdin; never holds a secret
  /// Tells whether the program was used again since: undo is refused if an object is selected that
  /// did not exist when the run ended.
  std::optional<ObjectSelection> history{};
  std::vector<ObjectRef> restores{};      ///< kept by the run, recreated before the program starts
  std::vector<ObjectSelection> leaves{};  ///< deleted afterwards, if the run brought them about
  std::vector<NeededRight> needs{};       ///< checked before anything is undone

  bool operator==(const ProgramUndo&) const = default;
};

/// The Helm release that the program of a `run` is about, for who applies the plan by other means.
/// Its values are the program's stdin.
struct HelmRelease {
  std::string name;        ///< "istiod"
  std::string name_space;  ///< of the release
  std::string chart{};     ///< directory, archive, name in the repository, or oci://; may be empty
  std::string repository{};                ///< URL; empty: none
  std::string version{};                   ///< empty: the only one, or the newest
  std::vector<std::string> value_files{};  ///< values files of the operator, as in `arguments`

  bool operator==(const HelmRelease&) const = default;
};

struct Action {
  ActionType type = ActionType::apply;
  std::string cluster;                 ///< empty for `store`; may be for `prove`
  std::string reason;                  ///< one line for the operator: why
  int phase = 0;                       ///< every cluster ends a phase before any enters the next
  Json object;                         ///< apply
  ObjectRef target;                    ///< edit, remove, wait, restart
  Json precondition = Json::object();  ///< JSON pointer -> value that must be found there
  Json patch = Json::array();          ///< edit: RFC 6902
  StoredFile file;                     ///< store
  std::string program;                 ///< run: a name on PATH, or absolute
  std::vector<std::string> arguments;  ///< run; never holds a secret
  std::string input;                   ///< run: its stdin; never holds a secret
  std::optional<ProgramUndo> undo;     ///< run; absent: it cannot be undone
  std::optional<HelmRelease> release;  ///< run; absent: it is about no Helm release
  Until until = Until::value;          ///< wait
  std::string pointer;                 ///< wait: RFC 6901
  Json value;                          ///< wait
  std::int64_t seconds = 60;           ///< wait, run, restart, prove
  std::string extension;               ///< prove: an address, "command/1:dns"
  std::string verb;                    ///< prove: one that answers with a Report
  Json request = Json::object();       ///< prove
  bool revert = false;  ///< prove: if it fails, take back what this run wrote in this cluster and
                        ///< phase
  std::vector<NeededRight> needs;  ///< run, prove: asked for before anything is written anywhere
  int undoes = -1;  ///< of the host alone: the number of the journal entry that this undoes
};

/// A write that a later part of the same run may make: what the operator agrees to before its
/// content can be planned. In `target` and `program` an asterisk stands for any text.
struct Announcement {
  ActionType type = ActionType::apply;  ///< store, apply, edit, remove, run or restart
  std::string cluster{};                ///< empty for `store`
  ObjectRef target{};                   ///< apply, edit, remove, restart
  std::string program{};                ///< run
  std::string file{};                   ///< store: its name
  std::string reason{};                 ///< one line for the operator: why
};
/// That of an action which is not carried out yet.
Announcement announcement_of(const Action& action);

enum class Severity { pass, info, warning, failure, skipped };

struct Note {
  Severity severity = Severity::info;
  std::string cluster;
  std::string text;
};

struct Plan {
  std::string title;
  std::vector<Action> actions;
  std::vector<Note> notes;
  std::vector<Problem> refusals;  ///< any: nothing is written anywhere, exit 4
  std::vector<std::string> next;  ///< what to type or do after it is applied
  /// The rest can only be planned from what this part brings about: the host asks the same verb
  /// again after it, until a plan says false.
  bool continues = false;
  /// What it leaves undone, and why: an approval that is awaited, a cluster that was refused. The
  /// rest is carried out; then nothing more begins, and the same command goes on later.
  std::vector<Problem> unfinished{};
  /// What the rest may write. The host asks the operator again before anything else is written.
  std::vector<Announcement> announces{};
};

// ---- report.json: what a reading verb answers
// ----------------------------------------------------

struct Column {
  std::string title;    ///< "NOT AFTER"
  std::string pointer;  ///< RFC 6901, into an item
  bool wide = false;    ///< only with -o wide
};

struct Report {
  std::string kind;  ///< of the document: "CertificateList"
  std::vector<Column> columns;
  Json items = Json::array();
  std::vector<Note> notes;
  std::vector<Problem> problems;  ///< clusters that could not be asked; the rest is still shown
  bool failed = false;            ///< exit 1: a check failed
};

/// One row of a check: the stable id, what is claimed, and what was seen.
struct Finding {
  std::string id;  ///< "certs/chain-verifies"
  std::string cluster;
  Severity severity = Severity::pass;
  std::string title;     ///< positive claim: "the chain leads to the root"
  std::string evidence;  ///< what was seen
  std::string fix;       ///< what to do; empty if it passes
};

/// The Report of findings that `certs verify` and `verify` both answer with.
Report report_of(const std::vector<Finding>& findings, std::vector<Problem> problems = {});

// ---- reading and writing
// --------------------------------------------------------------------------

Json to_json(const Manifest&);
Json to_json(const Needs&);
Json to_json(const Plan&);
Json to_json(const Report&);
Json to_json(const Finding&);
Json to_json(const ObjectRef&);
Json to_json(const ProgramUndo&);
Manifest manifest_from_json(const Json&);
Needs needs_from_json(const Json&);
Plan plan_from_json(const Json&);
Report report_from_json(const Json&);
ObjectRef object_ref_from_json(const Json&);
ProgramUndo program_undo_from_json(const Json&);

/// Which object a whole Kubernetes object is.
ObjectRef ref_of(const Json& object);
/// "Secret istio-system/cacerts"
std::string to_string(const ObjectRef&);
/// The kind as Needs name it: "v1/Secret".
std::string kind_of(const ObjectRef&);
std::string_view to_string(ActionType);
std::string_view to_string(Severity);
std::string_view to_string(Until);

}  // namespace mesh
