#include "release_record.hpp"

#include <zlib.h>

#include "objects.hpp"

#include "mesh/base64.hpp"
#include "mesh/json.hpp"
#include "mesh/problem.hpp"

namespace mesh::helm {

namespace {

// A Secret holds 1 MiB at most; charts are YAML and templates, which shrink to a tenth.
constexpr std::size_t k_record_max = 64UL << 20U;
constexpr int k_gzip_only = 16;

/// "" if it is no gzip, or too long.
std::string unpacked(std::string packed) {
  z_stream stream{};
  if (inflateInit2(&stream, MAX_WBITS + k_gzip_only) != Z_OK) return "";
  stream.next_in = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_in = static_cast<uInt>(packed.size());
  std::string text;
  int result = Z_OK;
  while (result == Z_OK && text.size() < k_record_max) {
    constexpr std::size_t k_step = 256UL << 10U;
    const std::size_t had = text.size();
    text.resize(had + k_step);
    stream.next_out = reinterpret_cast<Bytef*>(text.data() + had);
    stream.avail_out = static_cast<uInt>(k_step);
    result = inflate(&stream, Z_NO_FLUSH);
    text.resize(text.size() - stream.avail_out);
  }
  inflateEnd(&stream);
  return result == Z_STREAM_END ? text : "";
}

}  // namespace

ObjectRef record_of(const std::string& name_space, const std::string& release,
                    std::int64_t revision) {
  return {"v1", "Secret", name_space,
          "sh.helm.release.v1." + release + ".v" + std::to_string(revision)};
}

bool was_applied_by_server(const Json& secret) try {
  const std::string stored = base64_decode(text_at(secret, "/data/release"));
  const std::string text = unpacked(base64_decode(stored));
  return text_at(parse_json(text, "Helm's record of a release"), "/apply_method") == "ssa";
} catch (const Failure&) {
  return false;
}

}  // namespace mesh::helm
