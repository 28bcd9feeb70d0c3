module kubectl-mesh.dev/sdk

go 1.21
