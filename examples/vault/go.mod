module acme.example/vault

go 1.26.0

require (
	acme.example/authority v0.0.0
	kubectl-mesh.dev/sdk v0.0.0
)

replace (
	acme.example/authority => ../authority
	kubectl-mesh.dev/sdk => ../../sdk/go
)
