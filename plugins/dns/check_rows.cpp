#include <algorithm>

#include "checks.hpp"
#include "loadable.hpp"
#include "look_up.hpp"
#include "server.hpp"
#include "strategies.hpp"
#include "suffix.hpp"
#include "zone.hpp"

#include "mesh/counted.hpp"

namespace mesh::dns {

namespace {

std::string install_command(const Subject& s) {
  return "kubectl mesh dns install --contexts " + s.facts.cluster;
}

bool wanted_here(const Subject& s) {
  return !s.choice.refusal && s.choice.forwards;
}

/// Why a row about our name server says nothing here; empty: it does.
std::string not_here(const Subject& s) {
  if (s.choice.refusal) return "no strategy fits";
  if (!s.choice.forwards) return "strategy " + s.choice.name + " needs no name server";
  return {};
}

bool is_installed(const Subject& s) {
  return wanted_here(s) && s.choice.look.present;
}

// ---- what the objects say

Verdict fits(const Subject& s) {
  if (s.choice.refusal) return fail(s.choice.refusal->message, s.choice.refusal->hint);
  return pass(s.choice.name + ", " + s.choice.why);
}

Verdict stub_present(const Subject& s) {
  if (s.choice.refusal) return skip("no strategy fits");
  if (s.choice.look.present) return pass(s.choice.look.where);
  if (s.choice.name == "istio-proxy")
    return fail(s.choice.fit.why,
                "install Istio with meshConfig.defaultConfig.proxyMetadata.ISTIO_META_DNS_CAPTURE="
                "\"true\", then restart the workloads");
  return fail("the cluster's DNS does not know " + s.wishes.suffix, install_command(s));
}

Verdict stub_target(const Subject& s) {
  if (!is_installed(s)) return skip(wanted_here(s) ? "no stub is there" : not_here(s));
  const std::string address = s.facts.server.address();
  const std::string targets = joined(s.choice.look.targets);
  const std::string sent =
      s.wishes.suffix + " is sent to " + (targets.empty() ? "nothing" : targets);
  if (address.empty())
    return fail(sent + ", but there is no Service " + s.facts.name_space + "/kubectl-mesh-dns",
                install_command(s));
  if (s.choice.look.targets == std::vector<std::string>{address}) return pass(sent);
  return fail(sent + ", but Service kubectl-mesh-dns is " + address, install_command(s));
}

Verdict server_ready(const Subject& s) {
  if (!wanted_here(s)) return skip(not_here(s));
  const Json& deployment = s.facts.server.deployment;
  if (deployment.is_null())
    return s.choice.look.present ? fail("Deployment kubectl-mesh-dns is gone", install_command(s))
                                 : skip("not installed");
  const auto count = [&](const char* pointer) {
    const Json& value = at(deployment, pointer);
    return value.is_number_integer() ? value.get<int>() : 0;
  };
  const int ready = count("/status/availableReplicas");
  const int wanted = count("/spec/replicas");
  const std::string evidence =
      std::to_string(ready) + " of " + counted(static_cast<std::size_t>(wanted), "pod");
  const std::string look = "kubectl --context " + s.facts.cluster + " -n " + s.facts.name_space +
                           " describe pods -l app.kubernetes.io/name=kubectl-mesh-dns";
  if (ready == 0) return fail(evidence, look);
  return ready < wanted ? warn(evidence, look) : pass(evidence);
}

Verdict zone_current(const Subject& s) {
  if (!wanted_here(s)) return skip(not_here(s));
  const Json& config = s.facts.server.config;
  if (config.is_null()) return skip("not installed");
  const std::string count = counted(s.names.size(), "name");
  if (text_at(config, "/data/zone") == zone_text(s.wishes.suffix, s.names)) return pass(count);
  return fail("ConfigMap kubectl-mesh-dns does not hold the " + count + " that are exported",
              install_command(s));
}

// ---- what the pods say

bool asks_pods(const Subject& s) {
  return !s.wishes.objects_only;
}

std::vector<const Answered*> answers_to(const Subject& s, Layer layer, Asked asked) {
  std::vector<const Answered*> some;
  for (const Answered& one : s.answers) {
    if (one.question.layer == layer && one.question.asked == asked) some.push_back(&one);
  }
  return some;
}

std::string words(const Answered& one) {
  return "pod " + one.question.pod.name + " said of " + one.question.name +
         (one.question.record == Record::aaaa ? " AAAA" : "") + ": " + said(one);
}

std::string unasked_fix(const Answered& one, const std::string& otherwise) {
  const bool forbidden = one.problem && one.problem->code == "forbidden";
  return forbidden ? "grant create on pods/portforward, or use --objects-only" : otherwise;
}

/// The first answer that is not right.
template <typename Right>
const Answered* first_wrong(const std::vector<const Answered*>& answers, const Right& right) {
  const auto wrong = std::find_if(answers.begin(), answers.end(), [&](const Answered* one) {
    return one->problem.has_value() || !right(*one);
  });
  return wrong == answers.end() ? nullptr : *wrong;
}

bool is_probe(const Answered& one) {
  return one.reply.addresses == std::vector<std::string>{k_probe_address};
}

std::string answers_of(const std::vector<const Answered*>& answers) {
  return counted(answers.size(), "answer");
}

Verdict cluster_names(const Subject& s) {
  if (!asks_pods(s)) return skip("--objects-only");
  const auto answers = answers_to(s, Layer::cluster, Asked::cluster_name);
  if (answers.empty())
    return fail("no pod of the cluster's DNS is found",
                "look at the pods with label k8s-app=kube-dns in kube-system");
  const Answered* wrong = first_wrong(answers, [&](const Answered& one) {
    const auto& addresses = one.reply.addresses;
    return std::find(addresses.begin(), addresses.end(), s.facts.kubernetes) != addresses.end();
  });
  if (wrong != nullptr)
    return fail(words(*wrong),
                unasked_fix(*wrong,
                            "look at the log of that pod; kubectl mesh dns remove takes our "
                            "part out"));
  const auto lame = std::find_if(s.facts.pods.begin(), s.facts.pods.end(),
                                 [](const DnsPod& pod) { return !pod.ready; });
  if (lame != s.facts.pods.end())
    return warn("pod " + lame->name + " is not ready", "look at its log");
  return pass(answers_of(answers) + ": " + s.facts.kubernetes);
}

/// The strategy serves the names itself, from pods that it names.
bool serves_itself(const Subject& s) {
  return !s.choice.refusal && !s.choice.forwards && !s.choice.look.resolvers.empty();
}

std::string unserved(const Subject& s) {
  if (!asks_pods(s)) return "--objects-only";
  if (!s.choice.look.unprovable.empty()) return "cannot be proven: " + s.choice.look.unprovable;
  if (serves_itself(s)) return s.choice.look.present ? "" : "it is not installed";
  if (!wanted_here(s)) return not_here(s);
  return is_installed(s) ? "" : "no stub is there";
}

/// "dns/app=bind, ..."
std::string named_pods(const Subject& s) {
  std::vector<std::string> all;
  for (const DnsResolver& one : s.choice.look.resolvers)
    all.push_back(one.name_space + "/" + one.labels);
  return joined(all);
}

Verdict zone_served(const Subject& s) {
  if (const std::string why = unserved(s); !why.empty()) return skip(why);
  const auto answers = answers_to(s, Layer::cluster, Asked::probe);
  if (!s.choice.look.resolvers.empty() && s.facts.resolvers.empty())
    return fail("no pod runs that strategy " + s.choice.name + " names: " + named_pods(s),
                "look at the pods: kubectl --context " + s.facts.cluster + " get pods -A");
  if (serves_itself(s)) return skip("strategy " + s.choice.name + " serves the names itself");
  if (answers.empty()) return skip("no pod could be asked");
  const Answered* wrong = first_wrong(answers, is_probe);
  if (wrong == nullptr) return pass(answers_of(answers));
  return fail(words(*wrong),
              unasked_fix(*wrong,
                          "wait two minutes after a change; then look at the log of that pod "
                          "for \"reload\" or \"plugin\""));
}

/// Rows behind zone_served say nothing while it fails.
bool zone_seen(const Subject& s) {
  if (serves_itself(s)) return unserved(s).empty() && !s.facts.resolvers.empty();
  const auto answers = answers_to(s, Layer::cluster, Asked::probe);
  return unserved(s).empty() && !answers.empty() && first_wrong(answers, is_probe) == nullptr;
}

Verdict newest(const Subject& s) {
  if (!zone_seen(s)) return skip("the zone is not served");
  const auto answers = answers_to(s, Layer::cluster, Asked::version);
  const Answered* wrong = first_wrong(answers, is_probe);
  if (wrong == nullptr) return pass(answers_of(answers));
  return fail(
      words(*wrong),
      unasked_fix(*wrong, install_command(s) + ", and wait: a change takes up to two minutes"));
}

Verdict alias_answers(const Subject& s) {
  if (!zone_seen(s)) return skip("the zone is not served");
  const auto answers = answers_to(s, Layer::cluster, Asked::alias);
  if (answers.empty()) return skip("nothing is exported yet");
  const Answered* wrong = first_wrong(answers, [&](const Answered& one) {
    for (const DnsName& name : s.names) {
      if (name.host != one.question.name) continue;
      std::vector<std::string> wanted;
      for (const std::string& address : name.addresses) {
        if (is_ipv6(address) == (one.question.record == Record::aaaa)) wanted.push_back(address);
      }
      std::sort(wanted.begin(), wanted.end());
      return one.reply.addresses == wanted;
    }
    return false;
  });
  if (wrong != nullptr) return fail(words(*wrong), unasked_fix(*wrong, install_command(s)));
  return pass(answers.front()->question.name + " -> " + said(*answers.front()) + ", " +
              answers_of(answers));
}

Verdict no_data(const Subject& s) {
  if (!zone_seen(s)) return skip("the zone is not served");
  const auto answers = answers_to(s, Layer::cluster, Asked::alias_other);
  if (answers.empty()) return skip("no name with one address family only");
  const Answered* wrong = first_wrong(answers, [](const Answered& one) {
    return one.reply.code == "NOERROR" && one.reply.addresses.empty();
  });
  if (wrong == nullptr) return pass(answers_of(answers) + ": no data");
  return fail(words(*wrong), unasked_fix(*wrong, install_command(s)));
}

Verdict absent_is_absent(const Subject& s) {
  if (!zone_seen(s)) return skip("the zone is not served");
  const auto answers = answers_to(s, Layer::cluster, Asked::absent);
  const Answered* wrong =
      first_wrong(answers, [](const Answered& one) { return one.reply.code == "NXDOMAIN"; });
  if (wrong == nullptr) return pass(answers_of(answers) + ": NXDOMAIN");
  return fail(words(*wrong), unasked_fix(*wrong, install_command(s)));
}

Verdict server_answers(const Subject& s) {
  if (!asks_pods(s)) return skip("--objects-only");
  if (!wanted_here(s)) return skip(not_here(s));
  const auto answers = answers_to(s, Layer::mesh, Asked::version);
  if (answers.empty()) return skip("no pod of it runs");
  const Answered* wrong = first_wrong(answers, is_probe);
  if (wrong == nullptr) return pass(answers_of(answers));
  return fail(
      words(*wrong),
      unasked_fix(*wrong, install_command(s) + ", and wait: a change takes up to two minutes"));
}

Verdict zone_gone(const Subject& s) {
  if (!asks_pods(s)) return skip("--objects-only");
  const auto answers = answers_to(s, Layer::cluster, Asked::probe);
  if (answers.empty()) return skip("no pod could be asked");
  // Whoever is asked now may be far away and silent: only our own answer is wrong.
  for (const Answered* one : answers) {
    if (!one->problem && is_probe(*one))
      return fail(words(*one), "kubectl mesh dns remove --contexts " + s.facts.cluster +
                                   ", and wait two minutes");
  }
  return pass(answers_of(answers));
}

/// The pods that run do not show it: they keep what they have read last.
Verdict config_loads(const Subject& s) {
  const DnsRequest request = request_for(s.facts, s.wishes.suffix, Json::object());
  const Json& config = object_in(request, "config");
  if (text_at(config, "/data/Corefile").empty())
    return skip("no ConfigMap with a Corefile is found");
  const auto fault = load_fault(request);
  if (fault)
    return warn(*fault + ": a CoreDNS pod that starts anew would not run",
                "repair it, or take it out");
  return pass(object_name(config));
}

// In the order in which one explains the next.
constexpr auto k_check_rows = std::to_array<CheckRow<Subject>>({
    {"dns/fits", "a strategy fits the cluster's DNS", fits},
    {"dns/config-loads", "CoreDNS can start with its configuration", config_loads},
    {"dns/stub-present", "the cluster's DNS knows the zone", stub_present},
    {"dns/stub-target", "it sends the zone to the mesh's name server", stub_target},
    {"dns/server-ready", "the mesh's name server runs", server_ready},
    {"dns/zone-current", "it has the names that are exported", zone_current},
    {"dns/server-answers", "its pods answer them", server_answers},
    {"dns/cluster-names", "every DNS pod answers kubernetes.default", cluster_names},
    {"dns/zone-served", "every DNS pod answers for the zone", zone_served},
    {"dns/zone-newest", "every DNS pod has its newest state", newest},
    {"dns/alias-answers", "an alias answers with its address", alias_answers},
    {"dns/no-ipv6", "a family that an alias does not have has no data", no_data},
    {"dns/absent-name", "a name that is not exported does not exist", absent_is_absent},
});

constexpr auto k_gone_rows = std::to_array<CheckRow<Subject>>({
    {"dns/cluster-names", "every DNS pod answers kubernetes.default", cluster_names},
    {"dns/zone-gone", "no DNS pod answers for the zone any more", zone_gone},
});

}  // namespace

std::span<const CheckRow<Subject>> check_rows() {
  return k_check_rows;
}

std::span<const CheckRow<Subject>> gone_rows() {
  return k_gone_rows;
}

}  // namespace mesh::dns
