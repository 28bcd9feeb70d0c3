module acme.example/authority

go 1.26.0

require kubectl-mesh.dev/sdk v0.0.0

replace kubectl-mesh.dev/sdk => ../../sdk/go
