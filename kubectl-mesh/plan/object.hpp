#pragma once

#include <string>
#include <vector>

#include "mesh/documents.hpp"

namespace mesh {

/// Where a workload has the time of its last `kubectl rollout restart`.
inline constexpr const char* k_restarted_at =
    "/spec/template/metadata/annotations/kubectl.kubernetes.io~1restartedAt";

/// What an operator would call the object's content: without status and what the server counts or
/// stamps.
Json without_volatile(const Json& object);
bool is_secret(const Json& object);
/// The value at a JSON pointer, null if there is none, whatever the shape of the object. Throws
/// Failure("plugin-fault") if it is no pointer.
Json find_at(const Json& object, const std::string& pointer);
/// The text there, "" if there is none.
std::string text_at(const Json& object, const std::string& pointer);
/// The keys and indices that a JSON pointer names, in their order.
std::vector<std::string> steps_of(const std::string& pointer);
/// A key as one step of a JSON pointer.
std::string pointer_step(std::string key);
/// metadata.FIELD, "" if absent.
std::string metadata_text(const Json& object, const char* field);
/// Whether it was deleted already, and only its finalizers or its grace period keep it.
bool is_ending(const Json& object);

}  // namespace mesh
