#pragma once

namespace mesh {

/// Drops all capabilities of this process, for good, and what programs could gain again. Being root
/// is then no more than owning root's files.
void drop_privileges();

/// Limits what this process may use up: memory, descriptors, tasks, and the size of files and
/// queues that it creates, which is 0.
void limit_resources();

}  // namespace mesh
