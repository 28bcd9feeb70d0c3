// Made by tools/generate from sdk/schemas; not to be edited.
#pragma once

#include <array>
#include <string_view>

namespace mesh {

/// The codes of a Problem.
namespace problem_code {
/// the command line is wrong
inline constexpr const char* usage = "usage";
/// a file, setting or request cannot be used as it is
inline constexpr const char* invalid_input = "invalid-input";
/// the kubeconfig cannot be read, or contradicts itself
inline constexpr const char* invalid_kubeconfig = "invalid-kubeconfig";
/// the kubeconfig, or the run, does not have this context
inline constexpr const char* unknown_context = "unknown-context";
/// no such extension, service or verb is offered
inline constexpr const char* unsupported = "unsupported";
/// it was tried and did not work; whatever no other code says
inline constexpr const char* failed = "failed";
/// an object, kind, file or program was not found
inline constexpr const char* missing = "missing";
/// the API server does not accept the object
inline constexpr const char* rejected = "rejected";
/// the API server failed
inline constexpr const char* server_error = "server-error";
/// an answer is larger than its limit
inline constexpr const char* too_large = "too-large";
/// the operator answered no
inline constexpr const char* declined = "declined";
/// the output cannot be written
inline constexpr const char* output = "output";
/// a part is done; the same command continues
inline constexpr const char* pending = "pending";
/// another manager or owner holds the field or object
inline constexpr const char* conflict = "conflict";
/// it would be unsafe, or is not allowed
inline constexpr const char* refused = "refused";
/// the object changed since it was read
inline constexpr const char* precondition = "precondition";
/// two contexts are one cluster
inline constexpr const char* same_cluster = "same-cluster";
/// no connection, or no answer
inline constexpr const char* unreachable = "unreachable";
/// the server's certificate or TLS is not accepted
inline constexpr const char* tls = "tls";
/// the server redirects, which is not followed
inline constexpr const char* redirect = "redirect";
/// the server does not accept the credential
inline constexpr const char* unauthorized = "unauthorized";
/// the credential lacks a right
inline constexpr const char* forbidden = "forbidden";
/// a credential cannot be obtained
inline constexpr const char* credential = "credential";
/// the server has too many requests
inline constexpr const char* throttled = "throttled";
/// it did not finish in time
inline constexpr const char* deadline = "deadline";
/// a plugin broke the contract: crashed, hung or answered nonsense
inline constexpr const char* plugin_fault = "plugin-fault";
/// a document does not have its shape
inline constexpr const char* invalid_document = "invalid-document";
/// a plugin is not loaded
inline constexpr const char* plugin_refused = "plugin-refused";
/// an error of kubectl mesh itself
inline constexpr const char* internal = "internal";
/// the run was interrupted
inline constexpr const char* cancelled = "cancelled";
}  // namespace problem_code

struct ProblemCode {
  std::string_view word;
  int exit_status;  ///< of a run that it ends before anything was written
};
inline constexpr std::array<ProblemCode, 30> k_problem_codes{{
    {problem_code::usage, 2},
    {problem_code::invalid_input, 2},
    {problem_code::invalid_kubeconfig, 2},
    {problem_code::unknown_context, 2},
    {problem_code::unsupported, 2},
    {problem_code::failed, 1},
    {problem_code::missing, 1},
    {problem_code::rejected, 1},
    {problem_code::server_error, 1},
    {problem_code::too_large, 1},
    {problem_code::declined, 1},
    {problem_code::output, 1},
    {problem_code::pending, 3},
    {problem_code::conflict, 4},
    {problem_code::refused, 4},
    {problem_code::precondition, 4},
    {problem_code::same_cluster, 4},
    {problem_code::unreachable, 5},
    {problem_code::tls, 5},
    {problem_code::redirect, 5},
    {problem_code::unauthorized, 5},
    {problem_code::forbidden, 5},
    {problem_code::credential, 5},
    {problem_code::throttled, 5},
    {problem_code::deadline, 6},
    {problem_code::plugin_fault, 7},
    {problem_code::invalid_document, 7},
    {problem_code::plugin_refused, 7},
    {problem_code::internal, 70},
    {problem_code::cancelled, 130},
}};

}  // namespace mesh
