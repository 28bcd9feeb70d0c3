#include <map>

#include "base/files.hpp"
#include "cli/output.hpp"

namespace mesh {

namespace {

std::string lower(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

/// A context's name may hold anything (EKS uses ARNs): only harmless characters become a folder.
std::string folder_name(const std::string& cluster) {
  std::string name = cluster;
  for (char& c : name) {
    if (std::isalnum(static_cast<unsigned char>(c)) == 0 && c != '-' && c != '_' && c != '.')
      c = '_';
  }
  return name.starts_with('.') ? "_" + name : name;
}

std::string two_digits(std::size_t number) {
  return (number < 10 ? "0" : "") + std::to_string(number);
}

}  // namespace

std::size_t write_tree(const Plan& plan, const std::filesystem::path& folder, bool show_secrets) {
  std::map<std::string, std::vector<std::string>> files;
  std::size_t count = 0;
  for (const Action& action : plan.actions) {
    if (action.type != ActionType::apply) continue;
    const ObjectRef ref = ref_of(action.object);
    std::vector<std::string>& names = files[action.cluster];
    names.push_back(two_digits(names.size()) + "-" + lower(ref.kind) + "-" + ref.name + ".yaml");
    const std::filesystem::path path = folder / folder_name(action.cluster) / names.back();
    write_private_file(path, to_yaml(show_secrets ? action.object : redacted(action.object)),
                       Replace::yes);
    ++count;
  }
  for (const auto& [cluster, names] : files) {
    const Json kustomization{{"apiVersion", "kustomize.config.k8s.io/v1beta1"},
                             {"kind", "Kustomization"},
                             {"resources", names}};
    write_private_file(folder / folder_name(cluster) / "kustomization.yaml", to_yaml(kustomization),
                       Replace::yes);
    ++count;
  }
  return count;
}

}  // namespace mesh
