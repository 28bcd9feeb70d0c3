module kubectl-mesh.dev/plugin

go 1.26.0
