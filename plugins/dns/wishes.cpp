#include "wishes.hpp"

#include <array>

#include "suffix.hpp"

namespace mesh::dns {

namespace {

constexpr std::int64_t k_replicas_max = 10;
// Of the concern's section in mesh.yaml; the rest is the strategy's.
constexpr std::array<const char*, 3> k_texts{"strategy", "istio-namespace", "image"};

std::string text_of(const CommandRequest& request, const char* name, std::string fallback) {
  if (request.options.contains(name)) return request.text(name);
  const auto setting = request.settings.find(name);
  if (setting == request.settings.end()) return fallback;
  if (setting->is_string()) return setting->get<std::string>();
  throw Failure("invalid-input", "dns: " + std::string(name) + " in mesh.yaml is not a text",
                "write it as " + std::string(name) + ": VALUE");
}

std::int64_t replicas_of(const CommandRequest& request, std::int64_t fallback) {
  const auto setting = request.settings.find("replicas");
  if (setting == request.settings.end()) return fallback;
  if (setting->is_number_integer() && *setting >= 1 && *setting <= k_replicas_max)
    return setting->get<std::int64_t>();
  throw Failure("invalid-input", "dns: replicas in mesh.yaml is not a number from 1 to 10",
                "write replicas: 2");
}

}  // namespace

Wishes wishes_of(const CommandRequest& request) {
  Wishes wishes;
  wishes.strategy = text_of(request, "strategy", wishes.strategy);
  wishes.name_space = text_of(request, "istio-namespace", wishes.name_space);
  wishes.image = text_of(request, "image", "");
  wishes.replicas = replicas_of(request, wishes.replicas);
  wishes.suffix = request.mesh.suffix;
  wishes.discovery = request.mesh.mode == Mode::discovery;
  wishes.objects_only = request.flag("objects-only");
  wishes.all = request.flag("all");
  wishes.gone = request.flag("gone");
  if (!is_dns_name(wishes.name_space) || wishes.name_space.find('.') != std::string::npos)
    throw Failure("invalid-input",
                  "--istio-namespace: \"" + wishes.name_space + "\" is no name of a namespace",
                  "small letters, digits and dashes");
  wishes.settings = request.settings;
  for (const char* name : k_texts) wishes.settings.erase(name);
  wishes.settings.erase("replicas");
  return wishes;
}

}  // namespace mesh::dns
