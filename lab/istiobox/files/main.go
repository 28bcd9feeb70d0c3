// Istio-files writes the charts that Istio's manifests module carries into a directory.
package main

import (
	"io/fs"
	"log"
	"os"

	"istio.io/istio/manifests"
)

func main() {
	charts, err := fs.Sub(manifests.BuiltinOrDir(""), "charts")
	if err == nil {
		err = os.CopyFS(os.Args[1], charts)
	}
	if err != nil {
		log.Fatal(err)
	}
}
