module @NAME@

go 1.21

require kubectl-mesh.dev/sdk v0.0.0

replace kubectl-mesh.dev/sdk => ./mesh
