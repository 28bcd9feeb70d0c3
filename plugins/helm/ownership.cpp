#include "ownership.hpp"

#include <algorithm>
#include <map>

#include "objects.hpp"
#include "verbs.hpp"

#include "mesh/counted.hpp"
#include "mesh/lookup.hpp"

namespace mesh::helm {

namespace {

constexpr std::size_t k_named = 5;
constexpr const char* k_take_ownership = "--take-ownership";

/// Kinds of Istio's charts.
std::vector<ObjectRef> kinds_in(const std::string& name_space) {
  return {{"apiextensions.k8s.io/v1", "CustomResourceDefinition", "", ""},
          {"rbac.authorization.k8s.io/v1", "ClusterRole", "", ""},
          {"rbac.authorization.k8s.io/v1", "ClusterRoleBinding", "", ""},
          {"admissionregistration.k8s.io/v1", "MutatingWebhookConfiguration", "", ""},
          {"admissionregistration.k8s.io/v1", "ValidatingWebhookConfiguration", "", ""},
          {"v1", "ServiceAccount", name_space, ""},
          {"v1", "ConfigMap", name_space, ""},
          {"v1", "Service", name_space, ""},
          {"apps/v1", "Deployment", name_space, ""},
          {"rbac.authorization.k8s.io/v1", "Role", name_space, ""},
          {"rbac.authorization.k8s.io/v1", "RoleBinding", name_space, ""},
          {"autoscaling/v2", "HorizontalPodAutoscaler", name_space, ""},
          {"policy/v1", "PodDisruptionBudget", name_space, ""}};
}

/// "NAME in namespace NAMESPACE" of the release that an object says to be of; "": of none.
std::string release_in(const Json& object) {
  const std::string annotations = "/metadata/annotations/meta.helm.sh~1";
  if (text_at(object, "/metadata/labels/app.kubernetes.io~1managed-by") != "Helm") return "";
  const std::string name = text_at(object, annotations + "release-name");
  const std::string name_space = text_at(object, annotations + "release-namespace");
  return name.empty() || name_space.empty() ? "" : name + " in namespace " + name_space;
}

std::string key_of(const std::string& kind, const Json& object) {
  return kind + " " + text_at(object, "/metadata/name");
}

/// Objects that bear one of Istio's names and are not of the release, with the one they are of.
/// Who may not list a kind may not install it either, which the preflight says.
std::map<std::string, std::string> not_of(const Release& release, const Host& host) {
  std::vector<Read> reads;
  for (const ObjectRef& kind : kinds_in(release.name_space)) {
    reads.push_back(lookup::list_of(release.cluster, kind.api_version, kind.kind, kind.name_space));
    reads.back().metadata_only = true;
  }
  const std::string own = release.name + " in namespace " + release.name_space;
  std::map<std::string, std::string> others;
  lookup::each_page(host, reads, [&](std::size_t at, const Json& items) {
    for (const Json& item : items) {
      if (text_at(item, "/metadata/name").find("istio") == std::string::npos) continue;
      const std::string owner = release_in(item);
      if (owner != own) others[key_of(reads[at].object.kind, item)] = owner;
    }
  });
  return others;
}

std::string listed(const std::vector<std::string>& objects) {
  std::string text;
  for (std::size_t at = 0; at < std::min(objects.size(), k_named); ++at)
    text += (at == 0 ? "" : ", ") + objects[at];
  if (objects.size() > k_named) text += " and " + counted(objects.size() - k_named, "other");
  return text;
}

[[noreturn]] void refuse(const Release& release, const std::string& what, const std::string& hint) {
  throw Failure({.code = "refused",
                 .message = release.cluster + ": " + what,
                 .hint = hint,
                 .cluster = release.cluster,
                 .object = {}});
}

/// Of the flags that take over, those which this helm knows.
std::vector<std::string> known_flags(const DriverRequest& request, const Host& host) {
  const std::string program = request.settings.value("binary", std::string("helm"));
  const ProgramEnd help = host.run_program(program, {"upgrade", "--help"});
  std::vector<std::string> flags{k_take_ownership, "--force-conflicts"};
  std::erase_if(
      flags, [&](const std::string& flag) { return help.output.find(flag) == std::string::npos; });
  return flags;
}

}  // namespace

std::vector<std::string> adoption_arguments(const DriverRequest& request, bool adopt,
                                            const Host& host) {
  const Release& release = request.release;
  const std::map<std::string, std::string> others = not_of(release, host);
  if (others.empty()) return {};
  std::vector<std::string> unowned;
  std::map<std::string, std::vector<std::string>> owned;  // by release
  for (const Json& object : rendered(request, host, Definitions::of_templates)) {
    const auto found = others.find(key_of(object.value("kind", std::string()), object));
    if (found == others.end()) continue;
    (found->second.empty() ? unowned : owned[found->second]).push_back(found->first);
  }
  if (!owned.empty()) {
    const auto& [owner, objects] = *owned.begin();
    refuse(release,
           "release " + release.name + " cannot be installed: Helm release " + owner + " has " +
               listed(objects),
           "leave Istio to that release (`skip: [helm]` in mesh.yaml), or uninstall it first");
  }
  if (unowned.empty()) return {};
  if (!adopt) {
    refuse(release,
           "release " + release.name + " cannot be installed: " + listed(unowned) +
               (unowned.size() == 1 ? " is" : " are") +
               " there already, without the marks of a Helm release",
           "take them over with --adopt; or remove them (istioctl uninstall --purge, which deletes "
           "all objects of Istio's kinds, too); or leave Istio as it is (`skip: [helm]` in "
           "mesh.yaml)");
  }
  std::vector<std::string> flags = known_flags(request, host);
  if (flags.empty() || flags.front() != k_take_ownership) {
    refuse(release,
           "this helm cannot take over what is of no release: it does not know --take-ownership",
           "install Helm 3.17 or newer, or name another with --helm");
  }
  return flags;
}

}  // namespace mesh::helm
