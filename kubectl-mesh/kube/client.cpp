#include "kube/client.hpp"

#include <algorithm>
#include <atomic>

#include "kube/request_log.hpp"
#include "kube/resource.hpp"
#include "kube/retry.hpp"
#include "kube/server_clock.hpp"
#include "kube/status.hpp"

namespace mesh {

namespace {

constexpr const char* k_json_type = "application/json";
// Kubernetes API conventions, "Receiving resources as metadata"; a server that cannot sends all.
constexpr const char* k_metadata_type =
    "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json";
constexpr const char* k_apply_type = "application/apply-patch+yaml";
constexpr const char* k_json_patch_type = "application/json-patch+json";
constexpr const char* k_merge_type = "application/strategic-merge-patch+json";
constexpr int k_log_bytes = 16 * 1024;
constexpr int k_answer_depth = 128;  // OpenAPI schemas in CRDs nest deeper than documents of ours

/// A server may answer anything: a field of another type counts as absent.
std::string text_at(const Json& document, const char* pointer) {
  const Json value = document.value(Json::json_pointer(pointer), Json());
  return value.is_string() ? value.get<std::string>() : "";
}

std::string dry_run_query(DryRun dry_run) {
  return dry_run == DryRun::server ? "&dryRun=All" : "";
}

/// Others who set a field would have been told a conflict, or wanted the same.
bool only_we_manage(const Json& object) {
  const Json entries = object.value(Json::json_pointer("/metadata/managedFields"), Json::array());
  return entries.is_array() && !entries.empty() &&
         std::all_of(entries.begin(), entries.end(), [](const Json& entry) {
           return entry.is_object() && text_at(entry, "/manager") == k_field_manager;
         });
}

class KubeClient : public Client {
 public:
  KubeClient(const Access& access, const TransportLimits& limits)
      : m_cluster(access.endpoint.context),
        m_server(access.endpoint.server),
        m_transport(make_transport(access, limits)) {}

  const std::string& cluster() const override { return m_cluster; }

  std::optional<Json> get(const ObjectRef& ref, Deadline deadline) override {
    const Answer answer = ask(
        {.method = "GET", .target = resource_path(ref), .content_type = {}, .body = {}}, deadline);
    if (answer.response.status == 404) return std::nullopt;
    return document(answer, "read " + to_string(ref), to_string(ref));
  }

  ListPage list(const Read& read, Deadline deadline) override {
    const ObjectRef& ref = read.object;
    std::string target = resource_path(ref) + "?limit=" + std::to_string(read.limit);
    if (!read.labels.empty()) target += "&labelSelector=" + url_encoded(read.labels);
    if (!read.next.empty()) target += "&continue=" + url_encoded(read.next);
    const Answer answer = ask({.method = "GET",
                               .target = target,
                               .content_type = {},
                               .body = {},
                               .accept = read.metadata_only ? k_metadata_type : k_json_type},
                              deadline);
    // A kind that is not installed has no objects.
    if (answer.response.status == 404) return {Json{{"items", Json::array()}}, ""};
    ListPage page{document(answer, "list " + resource_of(ref.kind), ""), ""};
    page.next = text_at(page.list, "/metadata/continue");
    return page;
  }

  Json create(const Json& object, Deadline deadline) override {
    const ObjectRef ref = ref_of(object);
    const ObjectRef all{ref.api_version, ref.kind, ref.name_space, ""};
    const Answer answer = write({.method = "POST",
                                 .target = resource_path(all) + "?fieldManager=" + k_field_manager,
                                 .content_type = "application/json",
                                 .body = to_text(object)},
                                Repeat::after_look, deadline);
    return document(answer, "create " + to_string(ref), to_string(ref));
  }

  Json apply(const Json& object, DryRun dry_run, Deadline deadline) override {
    try {
      return apply(object, dry_run, deadline, false);
    } catch (const ConflictFailure& conflict) {
      // An edit of ours is a manager of its own to the server, also under the same name.
      const bool ours =
          std::all_of(conflict.conflicts().begin(), conflict.conflicts().end(),
                      [](const FieldConflict& entry) { return entry.manager == k_field_manager; });
      if (conflict.conflicts().empty() || !ours) throw;
    }
    return apply(object, dry_run, deadline, true);
  }

  Json patch(const ObjectRef& ref, const Json& operations, DryRun dry_run,
             Deadline deadline) override {
    try {
      return change(ref, k_json_patch_type, operations, Repeat::after_look, dry_run, deadline);
    } catch (const Failure& failure) {
      // The server says "unprocessable" of a "test" that failed.
      if (failure.problem().code != "rejected") throw;
      Problem problem = failure.problem();
      problem.code = "precondition";
      throw Failure(std::move(problem));
    }
  }

  Json merge(const ObjectRef& ref, const Json& change_wanted, DryRun dry_run,
             Deadline deadline) override {
    return change(ref, k_merge_type, change_wanted, Repeat::freely, dry_run, deadline);
  }

  bool remove(const ObjectRef& ref, const std::string& uid, const std::string& resource_version,
              DryRun dry_run, Deadline deadline) override {
    Json options{
        {"apiVersion", "v1"}, {"kind", "DeleteOptions"}, {"propagationPolicy", "Background"}};
    if (!uid.empty()) options["preconditions"]["uid"] = uid;
    if (!resource_version.empty()) options["preconditions"]["resourceVersion"] = resource_version;
    if (dry_run == DryRun::server) options["dryRun"] = {"All"};
    const Answer answer = write({.method = "DELETE",
                                 .target = resource_path(ref),
                                 .content_type = "application/json",
                                 .body = to_text(options)},
                                Repeat::after_look, deadline);
    if (answer.response.status == 404) return false;
    document(answer, "delete " + to_string(ref), to_string(ref));
    return true;
  }

  std::optional<std::string> denied(const Right& right, Deadline deadline) override {
    Json attributes{{"verb", right.verb}, {"resource", right.resource}};
    if (!right.group.empty()) attributes["group"] = right.group;
    if (!right.name_space.empty()) attributes["namespace"] = right.name_space;
    if (!right.name.empty()) attributes["name"] = right.name;
    if (!right.subresource.empty()) attributes["subresource"] = right.subresource;
    const Json review{{"apiVersion", "authorization.k8s.io/v1"},
                      {"kind", "SelfSubjectAccessReview"},
                      {"spec", {{"resourceAttributes", attributes}}}};
    const Answer answer = ask({.method = "POST",
                               .target = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
                               .content_type = "application/json",
                               .body = to_text(review)},
                              deadline);
    const Json verdict = document(answer, "ask for rights", "");
    if (verdict.value(Json::json_pointer("/status/allowed"), Json()) == true) return std::nullopt;
    return text_at(verdict, "/status/reason");
  }

  Json events(const std::string& name_space, const std::string& uid, Deadline deadline) override {
    const std::string target = resource_path({"v1", "Event", name_space, ""}) + "?limit=100" +
                               "&fieldSelector=" + url_encoded("involvedObject.uid=" + uid);
    const Answer answer =
        ask({.method = "GET", .target = target, .content_type = {}, .body = {}}, deadline);
    const Json list = document(answer, "list events", "");
    const auto items = list.find("items");
    return items == list.end() || !items->is_array() ? Json::array() : *items;
  }

  std::string log(const ObjectRef& pod, const std::string& container, bool previous, int lines,
                  Deadline deadline) override {
    const std::string target = resource_path(pod) + "/log?container=" + url_encoded(container) +
                               "&tailLines=" + std::to_string(lines) +
                               "&limitBytes=" + std::to_string(k_log_bytes) +
                               (previous ? "&previous=true" : "");
    const Answer answer =
        ask({.method = "GET", .target = target, .content_type = {}, .body = {}, .accept = "*/*"},
            deadline);
    if (answer.response.status >= 400) {
      throw_status(answer.response, m_cluster, "read the log of " + to_string(pod) + answer.effort,
                   to_string(pod));
    }
    return answer.response.body;
  }

  std::string version(Deadline deadline) override {
    const Answer answer =
        ask({.method = "GET", .target = "/version", .content_type = {}, .body = {}}, deadline);
    return text_at(document(answer, "read the version", ""), "/gitVersion");
  }

  RequestCounts counts() const override { return {m_reads.load(), m_writes.load()}; }
  std::optional<std::chrono::seconds> clock_ahead() const override { return m_clock.ahead(); }

 private:
  Json apply(const Json& object, DryRun dry_run, Deadline deadline, bool force) {
    const ObjectRef ref = ref_of(object);
    // With a version as precondition a second try would be refused because of the first.
    const bool conditional = !text_at(object, "/metadata/resourceVersion").empty();
    const Answer answer = write({.method = "PATCH",
                                 .target = resource_path(ref) + "?fieldManager=" + k_field_manager +
                                           "&force=" + (force ? "true" : "false") +
                                           "&fieldValidation=Strict" + dry_run_query(dry_run),
                                 .content_type = k_apply_type,
                                 .body = to_text(object)},
                                conditional ? Repeat::after_look : Repeat::freely, deadline);
    Json applied = document(answer, "apply " + to_string(ref), to_string(ref));
    // The answer to a second try says nothing: the first may have made it.
    const bool was_there = answer.response.status == 200 && answer.effort.empty();
    if (dry_run == DryRun::none && !conditional && was_there && only_we_manage(applied))
      throw_overwritten(ref);
    return applied;
  }

  [[noreturn]] void throw_overwritten(const ObjectRef& ref) const {
    Problem problem;
    problem.code = "precondition";
    problem.message = m_cluster + ": " + to_string(ref) +
                      " was made by another run of kubectl mesh at the same moment, and this run "
                      "has overwritten it";
    problem.hint = "agree on one run, then run its command again";
    problem.cluster = m_cluster;
    problem.object = to_string(ref);
    throw OverwrittenFailure(std::move(problem));
  }

  /// The last answer, and what it took to get it, in words: "" for one try.
  struct Answer {
    HttpResponse response;
    std::string effort;
  };

  Json change(const ObjectRef& ref, const char* type, const Json& body, Repeat repeat,
              DryRun dry_run, Deadline deadline) {
    const Answer answer = write(
        {.method = "PATCH",
         .target = resource_path(ref) + "?fieldManager=" + k_field_manager + dry_run_query(dry_run),
         .content_type = type,
         .body = to_text(body)},
        repeat, deadline);
    return document(answer, "change " + to_string(ref), to_string(ref));
  }

  /// A request that changes nothing, whatever its method.
  Answer ask(const HttpRequest& request, Deadline deadline) {
    return try_until_clear(request, Repeat::freely, deadline, m_reads);
  }

  Answer write(const HttpRequest& request, Repeat repeat, Deadline deadline) {
    return try_until_clear(request, repeat, deadline, m_writes);
  }

  Answer try_until_clear(const HttpRequest& request, Repeat repeat, Deadline deadline,
                         std::atomic<std::uint64_t>& counter) {
    const auto begun = std::chrono::steady_clock::now();
    for (int tries = 1;; ++tries) {
      ++counter;
      std::optional<TransportFailure> broken;
      HttpResponse response;
      try {
        response = once(request, deadline);
      } catch (const TransportFailure& failure) {
        broken = failure;
      }
      const std::optional<std::chrono::milliseconds> wait =
          next_try(ending_of(response, broken), repeat, tries);
      const bool too_late = wait && *wait >= deadline.left();
      if (!wait || too_late) {
        std::string effort = effort_of(tries, begun);
        if (!broken) return {std::move(response), std::move(effort)};
        Problem problem = broken->problem();
        problem.message += effort;
        throw TransportFailure(std::move(problem), broken->maybe_sent());
      }
      log_wait(m_cluster, *wait,
               broken ? without_our_name(broken->what())
                      : "HTTP status " + std::to_string(response.status));
      if (sleep_until_stop(*wait, deadline)) check_stop();
    }
  }

  /// For a line that begins with it anyway.
  std::string without_our_name(const std::string& message) const {
    const std::string name = m_cluster + ": ";
    return message.starts_with(name) ? message.substr(name.size()) : message;
  }

  static std::string effort_of(int tries, SteadyTime begun) {
    if (tries == 1) return "";
    const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(
        std::chrono::steady_clock::now() - begun);
    return " (" + std::to_string(tries) + " tries in " + seconds_text(took) + ")";
  }

  HttpResponse once(const HttpRequest& request, Deadline deadline) {
    const auto begun = std::chrono::steady_clock::now();
    const auto took = [&] {
      return std::chrono::duration_cast<std::chrono::milliseconds>(
          std::chrono::steady_clock::now() - begun);
    };
    const auto sent = std::chrono::system_clock::now();
    try {
      HttpResponse response = m_transport->send(request, deadline);
      const auto date = response.headers.find("date");
      if (date != response.headers.end())
        m_clock.note(date->second, sent, std::chrono::system_clock::now());
      log_request(m_server, request, response.status, response.body, took());
      return response;
    } catch (const TransportFailure&) {
      log_request(m_server, request, 0, "", took());
      throw;
    }
  }

  static Ending ending_of(const HttpResponse& response,
                          const std::optional<TransportFailure>& broken) {
    if (broken) {
      return {.status = 0,
              .maybe_sent = broken->maybe_sent(),
              .worth_it = broken->problem().retryable,
              .retry_after = {}};
    }
    const auto header = response.headers.find("retry-after");
    return {.status = response.status,
            .maybe_sent = true,
            .worth_it = true,
            .retry_after =
                header == response.headers.end() ? std::nullopt : parse_retry_after(header->second),
            .webhook_down = is_webhook_down(response)};
  }

  Json document(const Answer& answer, const std::string& doing, const std::string& object) {
    const HttpResponse& response = answer.response;
    if (response.status >= 400) throw_status(response, m_cluster, doing + answer.effort, object);
    try {
      Json document = parse_json(response.body, "the answer of " + m_cluster, k_answer_depth);
      const Json metadata =
          document.is_object() ? document.value("metadata", Json::object()) : Json();
      if (!metadata.is_object()) throw Failure("", "the answer is no Kubernetes object");
      return document;
    } catch (const Failure& failure) {
      Problem problem = failure.problem();
      problem.code = "unreachable";
      problem.message = m_cluster + ": cannot " + doing + ": " + problem.message;
      problem.hint = "is something else than an API server answering at " + m_server + "?";
      problem.cluster = m_cluster;
      problem.object = object;
      throw Failure(std::move(problem));
    }
  }

  const std::string m_cluster;
  const std::string m_server;
  const std::unique_ptr<Transport> m_transport;
  std::atomic<std::uint64_t> m_reads{0};
  std::atomic<std::uint64_t> m_writes{0};
  ServerClock m_clock;
};

}  // namespace

std::unique_ptr<Client> make_client(const Access& access, const TransportLimits& limits) {
  return std::make_unique<KubeClient>(access, limits);
}

}  // namespace mesh
