#include "kube/mask.hpp"

#include <algorithm>
#include <array>

namespace mesh {

namespace {

constexpr std::array<std::string_view, 4> k_always{
    "token", "password", "clientKeyData", "kubectl.kubernetes.io/last-applied-configuration"};
constexpr std::array<std::string_view, 4> k_of_secrets{"data", "stringData", "value",
                                                       "precondition"};
constexpr std::array<std::string_view, 2> k_store{"file", "keep"};

template <std::size_t Count>
bool is_one_of(const std::array<std::string_view, Count>& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

bool is_kind(const Json& value, const char* kind) {
  const auto found = value.find("kind");
  return found != value.end() && found->is_string() && *found == kind;
}

bool is_private_key(const Json& value) {
  return value.is_string() &&
         value.get_ref<const std::string&>().find("PRIVATE KEY-----") != std::string::npos;
}

void mask_field(const std::string& key, Json& field, bool secret) {
  const bool hides = secret && is_one_of(k_of_secrets, key);
  if (hides && field.is_object()) {
    for (Json& entry : field) entry = k_masked;
  } else if (hides || is_one_of(k_always, key)) {
    field = k_masked;
  } else {
    mask(field, secret || is_one_of(k_store, key));
  }
}

}  // namespace

void mask(Json& value, bool secret) {
  if (is_private_key(value)) value = k_masked;
  if (value.is_array()) {
    for (Json& entry : value) mask(entry, secret);
  }
  if (!value.is_object()) return;
  secret = secret || is_kind(value, "Secret") || is_kind(value, "SecretList");
  for (const auto& [key, field] : value.items()) mask_field(key, field, secret);
}

void mask_all(Json& value) {
  if (value.is_string()) value = k_masked;
  if (value.is_number()) value = 0;
  if (!value.is_structured()) return;
  for (Json& entry : value) mask_all(entry);
}

}  // namespace mesh
