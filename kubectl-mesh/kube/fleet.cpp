#include "kube/fleet.hpp"

#include <algorithm>
#include <mutex>

#include "base/parallel.hpp"
#include "cluster/credentials.hpp"
#include "kube/narrowed.hpp"

namespace mesh {

namespace {

// Threads that wait for an answer cost little; a cluster that is asked many things at once costs
// its server.
constexpr std::size_t k_clusters_at_once = 64;
constexpr std::size_t k_connections_max = 4;
// A handshake costs both sides more than a few small requests: a short run has one connection.
constexpr std::size_t k_requests_per_connection = 8;

bool gave_no_answer(const std::optional<Problem>& problem) {
  return problem && (problem->code == "deadline" || problem->code == "unreachable");
}

std::string key_of(const ObjectRef& ref) {
  return ref.api_version + "|" + ref.kind + "|" + ref.name_space + "|" + ref.name;
}

/// Of a whole list: into how many pages it might have come does not matter.
std::string key_of(const Read& list) {
  return (list.metadata_only ? "metadata|" : "") + key_of(list.object) + "|" + list.labels;
}

bool is_named(const Json& item, const ObjectRef& ref) {
  const auto metadata = item.find("metadata");
  return metadata != item.end() && metadata->value("name", std::string()) == ref.name &&
         metadata->value("namespace", std::string()) == ref.name_space;
}

/// An item lacks what its list says for all.
std::optional<Json> item_of(const Json& list, const ObjectRef& ref) {
  const auto items = list.find("items");
  if (items == list.end() || !items->is_array()) return std::nullopt;
  const auto item = std::find_if(items->begin(), items->end(),
                                 [&](const Json& entry) { return is_named(entry, ref); });
  if (item == items->end()) return std::nullopt;
  Json object = *item;
  object["apiVersion"] = ref.api_version;
  object["kind"] = ref.kind;
  return object;
}

}  // namespace

struct Fleet::State {
  struct Cluster {
    Access access;
    std::mutex mutex;
    std::unique_ptr<Client> client;
    std::map<std::string, Json> remembered;   ///< null: known not to be there
    std::map<std::string, ReadResult> pages;  ///< of lists; a write makes all of them doubtful

    /// What the lists that were read say of an object: null: it is not there; nothing: they do not
    /// tell.
    std::optional<Json> listed(const ObjectRef& ref) const;
    /// A list as it is known, or as part of one that is known whole.
    std::optional<ReadResult> known(const Read& list) const;
  };
  std::map<std::string, Cluster> clusters;
  TransportLimits limits;
  std::chrono::milliseconds request_timeout{};
  ClientFactory factory;
  std::optional<Problem> hung_up;

  Cluster& at(const std::string& name) {
    const auto found = clusters.find(name);
    if (found == clusters.end()) {
      throw Failure("plugin-fault", "cluster \"" + name + "\" is not part of this run");
    }
    return found->second;
  }
};

std::optional<Json> Fleet::State::Cluster::listed(const ObjectRef& ref) const {
  for (const std::string& place : {ref.name_space, std::string()}) {
    const std::string lists = ref.api_version + "|" + ref.kind + "|" + place + "|";
    for (auto page = pages.lower_bound(lists);
         page != pages.end() && page->first.starts_with(lists); ++page) {
      if (std::optional<Json> object = item_of(page->second.object, ref)) return object;
      const bool whole = page->first == lists + "|";  // no labels
      if (whole) return Json();
    }
  }
  return std::nullopt;
}

std::optional<ReadResult> Fleet::State::Cluster::known(const Read& list) const {
  const auto same = pages.find(key_of(list));
  if (same != pages.end()) return same->second;
  Read wider = list;
  wider.labels.clear();
  wider.metadata_only = false;
  for (const std::string& place : {list.object.name_space, std::string()}) {
    wider.object.name_space = place;
    const auto whole = pages.find(key_of(wider));
    if (whole == pages.end()) continue;
    std::optional<Json> part = narrowed(whole->second.object, list);
    if (part)
      return ReadResult{.found = true, .object = std::move(*part), .next = {}, .problem = {}};
  }
  return std::nullopt;
}

Fleet::Fleet(std::vector<Member> members, const TransportLimits& limits,
             std::chrono::milliseconds request_timeout, ClientFactory factory)
    : m_state(std::make_unique<State>()) {
  m_state->limits = limits;
  m_state->request_timeout = request_timeout;
  m_state->factory = std::move(factory);
  for (Member& member : members) {
    m_names.push_back(member.name);
    m_state->clusters[member.name].access = std::move(member.access);
  }
}

Fleet::~Fleet() = default;

const Access& Fleet::access(const std::string& cluster) const {
  return m_state->at(cluster).access;
}

Client& Fleet::client(const std::string& cluster) {
  if (m_state->hung_up) throw Failure(*m_state->hung_up);
  State::Cluster& entry = m_state->at(cluster);
  const std::scoped_lock lock(entry.mutex);
  if (!entry.client) entry.client = m_state->factory(entry.access, m_state->limits);
  return *entry.client;
}

void Fleet::hang_up(const Problem& why) {
  m_state->hung_up = why;
}

void Fleet::for_each(const std::vector<std::string>& clusters,
                     const std::function<std::optional<Problem>(std::size_t)>& work) const {
  std::map<std::string, std::vector<std::size_t>> by_cluster;
  for (std::size_t index = 0; index < clusters.size(); ++index) {
    by_cluster[clusters[index]].push_back(index);
  }
  // A hung cluster holds up its own lanes only.
  std::vector<std::vector<std::size_t>> lanes;
  for (const auto& [cluster, indices] : by_cluster) {
    const std::size_t count =
        std::min(k_connections_max, (indices.size() - 1) / k_requests_per_connection + 1);
    const std::size_t first = lanes.size();
    lanes.resize(first + count);
    for (std::size_t at = 0; at < indices.size(); ++at) {
      lanes[first + at % count].push_back(indices[at]);
    }
  }
  parallel_for(lanes.size(), k_clusters_at_once * k_connections_max, [&](std::size_t at) {
    for (const std::size_t index : lanes[at]) {
      if (gave_no_answer(work(index))) break;
    }
  });
}

std::vector<ReadResult> Fleet::read(const std::vector<Read>& reads) {
  std::vector<std::string> clusters;
  for (const Read& read : reads) clusters.push_back(read.cluster);
  std::vector<std::optional<ReadResult>> asked(reads.size());
  for_each(clusters, [&](std::size_t index) {
    asked[index] = read_one(reads[index]);
    return asked[index]->problem;
  });
  std::map<std::string, Problem> silent;
  for (std::size_t index = 0; index < reads.size(); ++index) {
    if (asked[index] && gave_no_answer(asked[index]->problem)) {
      silent.emplace(clusters[index], *asked[index]->problem);
    }
  }
  std::vector<ReadResult> results;
  for (std::size_t index = 0; index < reads.size(); ++index) {
    if (!asked[index]) asked[index].emplace().problem = silent.at(clusters[index]);
    results.push_back(std::move(*asked[index]));
  }
  return results;
}

ReadResult Fleet::read_one(const Read& read) {
  if (!read.object.name.empty()) return snapshot(read.cluster, read.object);
  State::Cluster& entry = m_state->at(read.cluster);
  const std::string key = key_of(read);
  if (read.next.empty()) {
    const std::scoped_lock lock(entry.mutex);
    if (std::optional<ReadResult> known = entry.known(read)) return std::move(*known);
  }
  ReadResult result;
  try {
    ListPage page = client(read.cluster).list(read, deadline());
    result = {
        .found = true, .object = std::move(page.list), .next = std::move(page.next), .problem = {}};
    // Many concerns ask the same; a list of many pages is not worth its memory.
    const std::scoped_lock lock(entry.mutex);
    if (read.next.empty() && result.next.empty()) entry.pages[key] = result;
  } catch (const Failure& failure) {
    result.problem = failure.problem();
  }
  return result;
}

Problem unverified(const std::string& cluster, const std::string& what) {
  Problem problem;
  problem.code = "refused";
  problem.message = cluster + ": " + what +
                    " is not sent to a server whose certificate is not verified "
                    "(insecure-skip-tls-verify)";
  problem.hint =
      "give the cluster its certificate-authority in the kubeconfig; or add --allow-insecure-tls, "
      "and whoever answers there has the key";
  problem.cluster = cluster;
  return problem;
}

std::optional<Problem> Fleet::try_as(const Read& read, const std::string& token) const try {
  Access access = m_state->at(read.cluster).access;
  if (!access.endpoint.gets_secrets) throw Failure(unverified(read.cluster, "the token"));
  access.endpoint.headers.clear();  // whom the operator impersonates
  access.credentials = bearer_token(token);
  const std::unique_ptr<Client> client = m_state->factory(access, m_state->limits);
  client->list(read, deadline());
  return std::nullopt;
} catch (const Failure& failure) {
  return failure.problem();
}

ReadResult Fleet::snapshot(const std::string& cluster, const ObjectRef& ref) {
  ReadResult result;
  try {
    State::Cluster& entry = m_state->at(cluster);
    {
      const std::scoped_lock lock(entry.mutex);
      const auto known = entry.remembered.find(key_of(ref));
      if (known != entry.remembered.end()) {
        return {
            .found = !known->second.is_null(), .object = known->second, .next = {}, .problem = {}};
      }
      if (std::optional<Json> listed = entry.listed(ref)) {
        const bool found = !listed->is_null();
        return {.found = found, .object = std::move(*listed), .next = {}, .problem = {}};
      }
    }
    std::optional<Json> object = client(cluster).get(ref, deadline());
    result.found = object.has_value();
    if (object) result.object = std::move(*object);
    remember(cluster, ref, result.object);
  } catch (const Failure& failure) {
    result.problem = failure.problem();
  }
  return result;
}

void Fleet::remember(const std::string& cluster, const ObjectRef& ref, Json object) {
  State::Cluster& entry = m_state->at(cluster);
  const std::scoped_lock lock(entry.mutex);
  entry.remembered[key_of(ref)] = std::move(object);
}

void Fleet::forget(const std::string& cluster, const ObjectRef& ref) {
  State::Cluster& entry = m_state->at(cluster);
  const std::scoped_lock lock(entry.mutex);
  entry.remembered.erase(key_of(ref));
  entry.pages.clear();
}

void Fleet::forget_all(const std::string& cluster) {
  State::Cluster& entry = m_state->at(cluster);
  const std::scoped_lock lock(entry.mutex);
  entry.remembered.clear();
  entry.pages.clear();
}

Deadline Fleet::deadline() const {
  return deadline(m_state->request_timeout);
}

Deadline Fleet::deadline(std::chrono::milliseconds span) const {
  const Deadline own = Deadline::in(span);
  return StopShield::active() ? own : own.sooner(m_state->limits.run);
}

RequestCounts Fleet::counts() const {
  RequestCounts total;
  for (auto& [name, entry] : m_state->clusters) {
    const std::scoped_lock lock(entry.mutex);
    if (!entry.client) continue;
    const RequestCounts counts = entry.client->counts();
    total.reads += counts.reads;
    total.writes += counts.writes;
  }
  return total;
}

std::size_t Fleet::width() const {
  return std::min(m_names.size(), k_clusters_at_once);
}

}  // namespace mesh
