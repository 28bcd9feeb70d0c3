#include <atomic>
#include <new>

#include "text.hpp"

#include "mesh/extension.hpp"

namespace mesh {

namespace {

std::string address_of(const Extension& extension) {
  return extension.point + ":" + extension.name;
}

std::int32_t append(void* ctx, const char* bytes, std::uint64_t len) noexcept {
  auto& target = *static_cast<std::string*>(ctx);
  if (len > MESH_DOCUMENT_MAX || target.size() + len > MESH_DOCUMENT_MAX) return MESH_TOO_LARGE;
  try {
    target.append(bytes, len);
  } catch (const std::bad_alloc&) {
    return MESH_TOO_LARGE;
  }
  return MESH_OK;
}

std::int32_t write(const mesh_sink* sink, std::string_view text) {
  return sink->write(sink->ctx, text.data(), text.size());
}

std::int32_t write_problem(const mesh_sink* sink, const Problem& problem) {
  const std::int32_t code = write(sink, to_text(to_json(problem)));
  return code == MESH_OK ? MESH_FAILED : code;
}

/// The edge that no exception crosses: whatever the author's code throws becomes a return code and
/// a Problem. Even writing that Problem may run out of memory, hence the outer catch.
template <typename Work>
std::int32_t guarded(const mesh_sink* reply, const Work& work) noexcept try {
  try {
    return work();
  } catch (const Failure& failure) {
    if (failure.problem().code == "unsupported") return MESH_UNSUPPORTED;
    if (failure.problem().code == "cancelled") return MESH_CANCELLED;
    return write_problem(reply, failure.problem());
  } catch (const std::exception& error) {
    return write_problem(
        reply,
        {.code = "plugin-fault", .message = error.what(), .hint = {}, .cluster = {}, .object = {}});
  } catch (...) {
    return write_problem(reply, {.code = "plugin-fault",
                                 .message = "threw something that is not a std::exception",
                                 .hint = {},
                                 .cluster = {},
                                 .object = {}});
  }
} catch (...) {
  return MESH_FAILED;
}

/// The one library of this shared object; `maker` is set before the host can see the functions.
std::atomic<detail::LibraryMaker> g_maker = nullptr;

std::int32_t start(const mesh_host*, void** self, const mesh_sink* reply) {
  return guarded(reply, [&] {
    *self = &g_maker.load()();
    return MESH_OK;
  });
}

std::int32_t invoke(void* self, const mesh_host* host, mesh_text extension, mesh_text verb,
                    mesh_text request, const mesh_sink* reply) {
  return guarded(reply, [&] {
    ExtensionPoint* found = static_cast<Library*>(self)->find(detail::view_of(extension));
    if (found == nullptr) return MESH_UNSUPPORTED;
    const Json document = parse_json(detail::view_of(request), "the request");
    const Json answer = found->invoke(detail::view_of(verb), document, Host(host));
    return write(reply, to_text(answer));
  });
}

}  // namespace

Library::Library(std::string name, std::string version, std::string summary, std::string author,
                 std::vector<ExtensionPtr> extensions) {
  Manifest manifest{.name = std::move(name),
                    .version = std::move(version),
                    .summary = std::move(summary),
                    .author = std::move(author),
                    .provides = {}};
  for (ExtensionPtr& extension : extensions) {
    manifest.provides.push_back(extension->describe());
    m_extensions.emplace(address_of(manifest.provides.back()), std::move(extension));
  }
  m_manifest = to_text(to_json(manifest));
}

ExtensionPoint* Library::find(std::string_view address) {
  const auto entry = m_extensions.find(address);
  return entry == m_extensions.end() ? nullptr : entry->second.get();
}

namespace detail {

mesh_sink sink_of(std::string& target) {
  return {&target, append};
}

const mesh_plugin* plugin_of(LibraryMaker library) noexcept {
  try {
    g_maker = library;
    static const mesh_plugin plugin{MESH_PLUGIN_MAGIC,
                                    sizeof(mesh_plugin),
                                    MESH_ABI_MAJOR,
                                    MESH_ABI_MINOR,
                                    text_of(library().manifest()),
                                    start,
                                    invoke,
                                    nullptr};
    return &plugin;
  } catch (...) {
    // An author's describe() threw: an empty manifest, which the host refuses in words.
    static const mesh_plugin broken{MESH_PLUGIN_MAGIC,
                                    sizeof(mesh_plugin),
                                    MESH_ABI_MAJOR,
                                    MESH_ABI_MINOR,
                                    {nullptr, 0},
                                    start,
                                    invoke,
                                    nullptr};
    return &broken;
  }
}

}  // namespace detail

}  // namespace mesh
