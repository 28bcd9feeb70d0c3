#include "unit/certs_support.hpp"

#include <algorithm>
#include <sys/wait.h>

#include "decide.hpp"

namespace mesh::certs::test {

Said openssl(const std::string& arguments) {
  FILE* pipe = ::popen(("openssl " + arguments + " 2>&1").c_str(), "r");
  if (pipe == nullptr) throw std::runtime_error("no openssl");
  std::string text;
  char buffer[4096];
  std::size_t count = 0;
  while ((count = std::fread(buffer, 1, sizeof buffer, pipe)) > 0) text.append(buffer, count);
  return {WEXITSTATUS(::pclose(pipe)), text};
}

std::string openssl_ok(const std::string& arguments) {
  const Said said = openssl(arguments);
  INFO("openssl " << arguments << "\n" << said.text);
  REQUIRE(said.status == 0);
  return said.text;
}

Pair made_by_openssl(const std::string& options) {
  const Folder folder;
  openssl_ok("req -x509 -subj /CN=Test -keyout " + folder.at("key") + " -out " + folder.at("cert") +
             " " + options);
  return {folder.read("cert"), folder.read("key")};
}

Time present() {
  // Later than what openssl makes during the run, whose certificates begin when they are made.
  static const Time now =
      std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now()) +
      std::chrono::hours(1);
  return now;
}

Pair root_pair(const std::string& name, Time now, long days, const std::string& algorithm) {
  const PrivateKey key = make_key(algorithm);
  return {make_root(key, name, now == Time() ? present() : now, days), key.pem.reveal()};
}

SigningSet set_under(const Pair& root, const std::string& cluster, Time now, long days) {
  const PrivateKey key = make_key("p256");
  const Certificate issuer = read_certificates(root.certificate, "root").front();
  const std::string signed_one = sign_request(make_request(key, cluster, "istio-system"), issuer,
                                              read_key(root.key, {}, "root key"), now, days);
  return {signed_one, key.pem, signed_one, issuer.pem};
}

ClusterFacts facts_with(const std::string& cluster, const SigningSet& set) {
  ClusterFacts facts;
  facts.cluster = cluster;
  facts.namespace_found = facts.found = facts.ours = true;
  facts.uid = "uid-" + cluster;
  facts.created = facts.changed = date_text(present() - std::chrono::hours(2));
  facts.set = set;
  return facts;
}

std::vector<Certificate> certificates(const std::string& pem) {
  return read_certificates(pem, "test");
}

// ---- clusters in memory

Clusters::Clusters() {
  m_functions.struct_size = sizeof m_functions;
  m_functions.ctx = this;
  m_functions.call = call;
  m_functions.cancelled = [](void*) -> std::int32_t { return 0; };
  m_functions.deadline = [](void*) -> std::uint64_t { return 0; };
  strategies["ca/1:self-signed"] = make_self_signed();
  strategies["ca/1:pem"] = make_pem();
}

std::int32_t Clusters::call(void* self, mesh_text service, mesh_text verb, mesh_text request,
                            const mesh_sink* reply) {
  const auto text = [](mesh_text part) { return std::string(part.ptr, part.len); };
  const auto write = [&](const Json& document) {
    const std::string line = to_text(document);
    return reply->write(reply->ctx, line.data(), line.size());
  };
  try {
    return write(static_cast<Clusters*>(self)->answer(text(service), text(verb),
                                                      parse_json(text(request), "the request")));
  } catch (const Failure& failure) {
    if (failure.problem().code == "unsupported") return MESH_UNSUPPORTED;
    write(to_json(failure.problem()));
    return MESH_FAILED;
  }
}

Json Clusters::answer(const std::string& service, const std::string& verb, const Json& request) {
  if (service == "clock/1") return {{"time", date_text(now)}};
  if (service == "progress/1" || service == "log/1") {
    everything_told += request.dump() + "\n";
    return Json::object();
  }
  if (service == "store/1") {
    const auto file = files.find(request.value("folder", std::string()) + "/" +
                                 request.at("name").get<std::string>());
    if (file == files.end()) return {{"found", false}};
    return {{"found", true}, {"data", file->second}};
  }
  if (service == "kube.read/1") {
    Json results = Json::array();
    for (const Json& wanted : request.at("reads")) results.push_back(read(wanted));
    return {{"results", results}};
  }
  if (service == "pod/1") {
    Json results = Json::array();
    for (const Json& ask : request.at("asks")) results.push_back(ask_pod(ask));
    return {{"results", results}};
  }
  if (service == "catalogue/1") {
    Json list = Json::array();
    for (const auto& [address, strategy] : strategies)
      list.push_back({{"address", address}, {"name", address.substr(address.find(':') + 1)}});
    return {{"extensions", list}};
  }
  const auto strategy = strategies.find(service);
  if (strategy == strategies.end()) throw Failure("unsupported", service);
  return strategy->second->invoke(verb, request, host());
}

Json Clusters::read(const Json& wanted) {
  const std::string cluster = wanted.at("cluster");
  if (cluster == unreadable)
    return {{"found", false},
            {"problem", {{"code", "unreachable"}, {"message", cluster + ": no answer"}}}};
  const std::string kind = wanted.at("kind");
  const std::string name_space = wanted.value("namespace", std::string());
  const std::string name = wanted.value("name", std::string());
  const auto& there = objects[cluster];
  if (!name.empty()) {
    const auto object = there.find(kind + " " + name_space + "/" + name);
    if (object == there.end()) return {{"found", false}};
    return {{"found", true}, {"object", object->second}};
  }
  Json items = Json::array();
  for (const auto& [key, object] : there) {
    if (!key.starts_with(kind + " " + name_space)) continue;
    const bool istiods_only = wanted.value("labels", std::string()) == "app=istiod";
    if (!istiods_only || key.ends_with("/istiod-1")) items.push_back(object);
  }
  const std::size_t from = std::stoul("0" + wanted.value("next", std::string()));
  const std::size_t to = std::min(items.size(), from + page);
  const Json part(std::vector<Json>(items.begin() + static_cast<long>(from),
                                    items.begin() + static_cast<long>(to)));
  return {{"found", true},
          {"object", {{"items", part}}},
          {"next", to < items.size() ? std::to_string(to) : ""}};
}

void Clusters::put(const std::string& cluster, Json object) {
  Json& live = objects[cluster][object.at("kind").get<std::string>() + " " +
                                object["metadata"].value("namespace", std::string()) + "/" +
                                object["metadata"].at("name").get<std::string>()];
  if (!live.is_null() && live.value("data", Json()) == object.value("data", Json())) return;
  object["metadata"]["uid"] = live.is_null() ? "uid-" + std::to_string(++m_uids)
                                             : live["metadata"]["uid"].get<std::string>();
  object["metadata"]["creationTimestamp"] =
      live.is_null() ? time_text() : live["metadata"]["creationTimestamp"].get<std::string>();
  object["metadata"]["managedFields"] = {{{"manager", "kubectl-mesh"}, {"time", time_text()}}};
  live = std::move(object);
}

int Clusters::apply(const Plan& plan, int steps) {
  REQUIRE(plan.refusals.empty());
  std::vector<Action> actions = plan.actions;
  const auto rank = [](const Action& action) {
    return action.type == ActionType::store ? -1 : action.phase;
  };
  std::stable_sort(actions.begin(), actions.end(),
                   [&](const Action& a, const Action& b) { return rank(a) < rank(b); });
  int done = 0;
  for (const Action& action : actions) {
    if (done == steps) break;
    ++done;
    if (action.type == ActionType::store) {
      std::string& file = files[action.file.folder + "/" + action.file.name];
      REQUIRE((file.empty() || action.file.replace));
      file = action.file.data;
    } else if (action.type == ActionType::apply) {
      put(action.cluster, action.object);
    } else if (action.type == ActionType::restart) {
      restart(action);
    } else if (action.type == ActionType::prove) {
      const Report report = status({action.cluster}, action.request.at("options"));
      INFO(action.reason << "\n" << report.items.dump(1));
      REQUIRE_FALSE(report.failed);
    } else {
      REQUIRE(action.type == ActionType::remove);
      objects[action.cluster].erase(action.target.kind + " " + action.target.name_space + "/" +
                                    action.target.name);
    }
    if (after_each) after_each();
  }
  return done;
}

namespace {

/// A pod as a Deployment makes it, and that Deployment.
void put_deployment(std::map<std::string, Json>& there, const std::string& name_space,
                    const std::string& name, Json pod) {
  pod["metadata"].update(
      {{"name", name + "-abc-1"},
       {"namespace", name_space},
       {"labels", {{"app", name}, {"pod-template-hash", "abc"}}},
       {"ownerReferences",
        {{{"kind", "ReplicaSet"}, {"name", name + "-abc"}, {"controller", true}}}}});
  there["Deployment " + name_space + "/" + name] = {
      {"kind", "Deployment"},
      {"metadata", {{"name", name}, {"namespace", name_space}}},
      {"spec", {{"replicas", 1}, {"template", {{"metadata", {{"labels", {{"app", name}}}}}}}}}};
  there["Pod " + name_space + "/" + name + (name == "istiod" ? "-1" : "-abc-1")] = std::move(pod);
}

/// What istiod would sign for a workload.
std::string leaf_under(const SigningSet& set) {
  static const Folder folder;
  static const std::string request = [] {
    openssl_ok("req -new -subj /O= -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout " +
               folder.at("leaf.key") + " -out " + folder.at("leaf.csr"));
    folder.write("leaf.ext",
                 "keyUsage=critical,digitalSignature,keyEncipherment\n"
                 "extendedKeyUsage=serverAuth,clientAuth\nbasicConstraints=critical,CA:FALSE\n"
                 "authorityKeyIdentifier=keyid\n"
                 "subjectAltName=critical,URI:spiffe://cluster.local/ns/default/sa/default\n");
    return folder.at("leaf.csr");
  }();
  static int serial = 1;
  openssl_ok("x509 -req -days 2 -set_serial " + std::to_string(++serial) + " -in " + request +
             " -CA " + folder.write("ca", set.ca_cert) + " -CAkey " +
             folder.write("ca.key", set.ca_key.reveal()) + " -extfile " + folder.at("leaf.ext") +
             " -out " + folder.at("leaf"));
  return folder.read("leaf");
}

}  // namespace

void Clusters::start_app(const std::string& cluster, const std::string& name,
                         const std::string& name_space) {
  put_deployment(objects[cluster], name_space, name,
                 {{"metadata", {{"creationTimestamp", time_text()}}},
                  {"spec", {{"containers", {{{"name", "app"}}, {{"name", "istio-proxy"}}}}}},
                  {"status", {{"phase", "Running"}}}});
  const SigningSet& istiod = istiods.at(cluster);
  envoys[cluster + "/" + name_space + "/" + name + "-abc-1"] = {
      .chain = leaf_under(istiod) + istiod.cert_chain, .roots = istiod.root_cert};
}

void Clusters::restart(const Action& action) {
  now += std::chrono::seconds(40);
  REQUIRE(action.target.kind == "Deployment");
  if (action.target.name == "istiod") {
    start_istiod(action.cluster);
  } else {
    start_app(action.cluster, action.target.name, action.target.name_space);
  }
}

Json Clusters::ask_pod(const Json& ask) {
  ++asked_proxies;
  const std::string name = ask.at("cluster").get<std::string>() + "/" +
                           ask.at("namespace").get<std::string>() + "/" +
                           ask.at("pod").get<std::string>();
  if (!forward)
    return {{"problem", {{"code", "forbidden"}, {"message", name + ": no port-forward for you"}}}};
  const ProxyCertificates& holds = envoys.at(name);
  const Json dump{
      {"configs",
       {{{"name", "default"},
         {"secret",
          {{"tls_certificate",
            {{"certificate_chain", {{"inline_bytes", base64(holds.chain)}}},
             {"private_key", {{"inline_bytes", "W3JlZGFjdGVkXQ=="}}}}}}}},
        {{"name", "ROOTCA"},
         {"secret",
          {{"validation_context", {{"trusted_ca", {{"inline_bytes", base64(holds.roots)}}}}}}}}}}};
  return {{"status", 200}, {"body", dump.dump()}};
}

bool Clusters::proxies_accept_each_other() {
  static std::map<std::pair<std::string, std::string>, std::string> known;
  for (const auto& [from, presents] : envoys) {
    for (const auto& [to, trusts] : envoys) {
      const auto [entry, is_new] = known.try_emplace({presents.chain, trusts.roots});
      if (is_new) {
        const std::vector<Certificate> chain = certificates(presents.chain);
        entry->second = chain_problem(chain.front(), {chain.begin() + 1, chain.end()},
                                      certificates(trusts.roots), std::nullopt);
      }
      if (entry->second.empty()) continue;
      UNSCOPED_INFO(to << " does not accept " << from << ": " << entry->second);
      return false;
    }
  }
  return true;
}

void Clusters::start_istiod(const std::string& cluster, bool multi_root) {
  Json pod{{"metadata", {{"creationTimestamp", time_text()}}},
           {"status", {{"phase", "Running"}, {"startTime", time_text()}}}};
  if (multi_root)
    pod["spec"]["containers"] = {
        {{"name", "discovery"}, {"env", {{{"name", "ISTIO_MULTIROOT_MESH"}, {"value", "true"}}}}}};
  put_deployment(objects[cluster], "istio-system", "istiod", pod);
  istiods[cluster] = {
      secret_file(cluster, "ca-cert.pem"), SecretText(secret_file(cluster, "ca-key.pem")),
      secret_file(cluster, "cert-chain.pem"), secret_file(cluster, "root-cert.pem")};
  const std::string root = secret_file(cluster, "root-cert.pem");
  for (const char* name_space : {"default", "istio-system"}) {
    objects[cluster]["ConfigMap " + std::string(name_space) + "/istio-ca-root-cert"] = {
        {"metadata",
         {{"name", "istio-ca-root-cert"},
          {"namespace", name_space},
          {"creationTimestamp", time_text()}}},
        {"data", {{"root-cert.pem", root.empty() ? root_pair().certificate : root}}}};
  }
}

Json Clusters::secret(const std::string& cluster) const {
  const auto there = objects.find(cluster);
  if (there == objects.end()) return Json::object();
  const auto secret = there->second.find("Secret istio-system/cacerts");
  return secret == there->second.end() ? Json::object() : secret->second;
}

std::string Clusters::secret_file(const std::string& cluster, const std::string& name) const {
  return from_base64(secret(cluster).value("data", Json::object()).value(name, std::string()));
}

void Clusters::set_secret(const std::string& cluster, const SigningSet& set, bool ours) {
  Json object = secret_object("istio-system", set);
  if (!ours) object["metadata"].erase("labels");
  put(cluster, object);
  objects[cluster]["Namespace /istio-system"] = {{"status", {{"phase", "Active"}}}};
}

CommandRequest Clusters::request(const char* verb, std::vector<std::string> names, Json options,
                                 Json settings) {
  return {.verb = verb,
          .clusters = std::move(names),
          .options = std::move(options),
          .settings = std::move(settings)};
}

Plan Clusters::install(std::vector<std::string> names, Json options, Json settings) {
  return certs::install(
      request("install", std::move(names), std::move(options), std::move(settings)), host());
}

Plan Clusters::preview(std::vector<std::string> names, Json options) {
  CommandRequest asked = request("install", std::move(names), std::move(options));
  asked.ahead = true;
  return certs::install(asked, host());
}

Plan Clusters::rotate(std::vector<std::string> names, const char* what, Json options) {
  options[what] = true;
  return certs::rotate(request("rotate", std::move(names), std::move(options)), host());
}

Plan Clusters::remove(std::vector<std::string> names, Json options, bool ending) {
  CommandRequest asked = request("remove", std::move(names), std::move(options));
  asked.ending = ending;
  return certs::remove(asked, host());
}

Report Clusters::show(std::vector<std::string> names) {
  return certs::show(request("show", std::move(names), Json::object()), host());
}

Report Clusters::trust(std::vector<std::string> names) {
  return certs::trust(request("trust", std::move(names), Json::object()), host());
}

Report Clusters::verify(std::vector<std::string> names, Json options) {
  return certs::verify(request("verify", std::move(names), std::move(options)), host());
}

Report Clusters::status(std::vector<std::string> names, Json options) {
  return certs::status(request("status", std::move(names), std::move(options)), host());
}

std::size_t writes(const Plan& plan) {
  return plan.actions.size();
}

}  // namespace mesh::certs::test
