// A DNS strategy: how the cluster's DNS learns the mesh's zone. This one has a block of its own at the end of
// CoreDNS's Corefile; whatever else is there stays, byte for byte.
package main

import (
	"strings"

	mesh "kubectl-mesh.dev/sdk"
)

const (
	corefile = "/data/Corefile"
	begin    = "# BEGIN @NAME@\n"
	forward  = "    forward . "
	end      = "# END @NAME@\n"

	missing = "there is no ConfigMap with a Corefile"
	instead = "use it where CoreDNS runs"
)

var plugin = mesh.Plugin{
	Name: "@NAME@", Version: "0.1.0", Summary: "the mesh's zone in the Corefile", Author: "Your Name <you@example.com>",
	Provides: []mesh.Provided{{
		Extension: mesh.Extension{
			Point: "dns/1", Name: "@NAME@", Summary: "a block of its own in the Corefile",
			Abilities: []string{"forward"}, // the concern runs a name server: request.Server
			Needs:     &mesh.Needs{Writes: []string{"v1/ConfigMap"}},
		},
		Answers: map[string]mesh.Answer{
			"fit": mesh.Typed(fit), "look": mesh.Typed(look), "plan": mesh.Typed(plan), "remove": mesh.Typed(remove)},
	}},
}

func fit(_ mesh.Host, request mesh.DnsRequest) (mesh.DnsFitReply, error) {
	if corefileOf(request) == "" {
		return mesh.DnsFitReply{Score: 0, Why: missing, Hint: instead}, nil
	}
	return mesh.DnsFitReply{Score: 1, Why: "there is a Corefile"}, nil
}

func look(_ mesh.Host, request mesh.DnsRequest) (mesh.DnsLookReply, error) {
	_, block := parted(corefileOf(request))
	_, target, found := strings.Cut(block, forward)
	if !found {
		return mesh.DnsLookReply{}, nil
	}
	target, _, _ = strings.Cut(target, "\n")
	object := targetOf(request)
	return mesh.DnsLookReply{Present: true, Targets: []string{target},
		Where: object.Kind + " " + object.Namespace + "/" + object.Name}, nil
}

func plan(_ mesh.Host, request mesh.DnsRequest) (mesh.Plan, error) {
	switch {
	case corefileOf(request) == "":
		return mesh.Plan{}, mesh.Refuse(request.Cluster+": "+missing, instead)
	case request.Server == "":
		return mesh.Plan{}, mesh.Refuse(request.Cluster+": the request names no server for "+request.Suffix, "")
	}
	others, block := parted(corefileOf(request))
	wanted := begin + request.Suffix + ":53 {\n" + forward + request.Server + "\n}\n" + end
	if block == wanted {
		return edit(request, corefileOf(request), ""), nil
	}
	return edit(request, others+wanted, "send "+request.Suffix+" to "+request.Server), nil
}

func remove(_ mesh.Host, request mesh.DnsRequest) (mesh.Plan, error) {
	others, _ := parted(corefileOf(request))
	return edit(request, others, "take "+request.Suffix+" back"), nil
}

// parted tells our block, with its marks, from everything else.
func parted(text string) (others, block string) {
	before, rest, begun := strings.Cut(text, begin)
	inside, after, ended := strings.Cut(rest, end)
	if !begun || !ended {
		return text, ""
	}
	return before + after, begin + inside + end
}

func edit(request mesh.DnsRequest, after, reason string) mesh.Plan {
	plan := mesh.Plan{ApiVersion: mesh.DocumentVersion, Kind: "Plan"}
	before := corefileOf(request)
	if before == after {
		return plan
	}
	target := targetOf(request)
	plan.Actions = append(plan.Actions, mesh.Action{Type: "edit", Cluster: request.Cluster, Reason: reason, Target: &target,
		Precondition: map[string]any{corefile: before},
		Patch:        []map[string]any{{"op": "replace", "path": corefile, "value": after}}})
	return plan
}

func corefileOf(request mesh.DnsRequest) string { return field(config(request), "data", "Corefile") }

func targetOf(request mesh.DnsRequest) mesh.Target {
	return mesh.Target{ApiVersion: "v1", Kind: "ConfigMap", Namespace: field(config(request), "metadata", "namespace"),
		Name: field(config(request), "metadata", "name")}
}

func config(request mesh.DnsRequest) any {
	if request.Objects == nil {
		return nil
	}
	return request.Objects.Config
}

// field goes down into an object as the API server gave it; empty if there is no such text.
func field(object any, path ...string) string {
	for _, name := range path {
		fields, _ := object.(map[string]any)
		object = fields[name]
	}
	text, _ := object.(string)
	return text
}

func init() { mesh.Register(plugin) }

func main() {}
