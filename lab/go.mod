module kubectl-mesh/lab

go 1.21
