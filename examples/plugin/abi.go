package plugin

/*
#cgo CFLAGS: -I${SRCDIR}/../../sdk/include
#include <stdlib.h>
#include "mesh/plugin.h"

int32_t mesh_call(const mesh_host* host, mesh_text service, mesh_text verb, mesh_text request, mesh_text* reply);
int32_t mesh_cancelled(const mesh_host* host);
int32_t mesh_write(const mesh_sink* sink, const char* bytes, uint64_t size);
*/
import "C"

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"
	"unsafe"
)

// How often a call looks whether it is still wanted: the contract says every 100 ms.
const look = 100 * time.Millisecond

// The host keeps a pointer to the manifest, so it lives in C's memory until the process ends.
var manifestText = sync.OnceValue(func() C.mesh_text {
	text, err := json.Marshal(offered)
	if err != nil {
		panic(err)
	}
	return lent(string(text))
})

//export meshManifest
func meshManifest() C.mesh_text { return manifestText() }

//export meshInvoke
func meshInvoke(host *C.mesh_host, extension, verb, request C.mesh_text, reply *C.mesh_sink) (code C.int32_t) {
	// A panic must not reach the host; it is told like any other error.
	defer func() {
		if cause := recover(); cause != nil {
			code = answer(reply, C.MESH_FAILED, Problem{Code: "internal", Message: fmt.Sprint("the plugin panicked: ", cause)})
		}
	}()
	verbs, known := offered.verbs(taken(extension))
	run, has := verbs[taken(verb)]
	if !known || !has {
		return C.MESH_UNSUPPORTED
	}
	ctx, stop := watched(host)
	defer stop()
	document, err := run(ctx, &Host{host}, []byte(taken(request)))
	switch {
	case ctx.Err() != nil:
		return C.MESH_CANCELLED
	case err != nil:
		return answer(reply, C.MESH_FAILED, problemOf(err))
	}
	return answer(reply, C.MESH_OK, document)
}

// watched is a context that ends when the host does not want the answer any more. After stop nothing asks the host.
func watched(host *C.mesh_host) (ctx context.Context, stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	var asking sync.WaitGroup
	asking.Go(func() {
		ticks := time.NewTicker(look)
		defer ticks.Stop()
		for C.mesh_cancelled(host) == 0 {
			select {
			case <-ctx.Done():
				return
			case <-ticks.C:
			}
		}
		cancel()
	})
	return ctx, func() { cancel(); asking.Wait() }
}

// Host is the host during one request, and not to be kept beyond it.
type Host struct{ host *C.mesh_host }

// Call asks a service, or another extension. Its answer is read into reply, unless that is nil.
func (h *Host) Call(service, verb string, request, reply any) error {
	asked, err := json.Marshal(request)
	if err != nil {
		return err
	}
	texts := []C.mesh_text{lent(service), lent(verb), lent(string(asked))}
	var said C.mesh_text
	code := C.mesh_call(h.host, texts[0], texts[1], texts[2], &said)
	for _, text := range append(texts, said) {
		defer C.free(unsafe.Pointer(text.ptr))
	}
	switch document := []byte(taken(said)); {
	case code == C.MESH_OK && reply == nil:
		return nil
	case code == C.MESH_OK:
		return json.Unmarshal(document, reply)
	case code == C.MESH_UNSUPPORTED:
		return Problem{Code: "unsupported", Message: "this kubectl mesh has no service " + service + " " + verb}
	case code == C.MESH_CANCELLED:
		return context.Canceled
	default:
		problem := Problem{Code: "internal", Message: service + " failed without a word"}
		_ = json.Unmarshal(document, &problem)
		return problem
	}
}

func answer(reply *C.mesh_sink, code C.int32_t, document any) C.int32_t {
	text, err := json.Marshal(document)
	if err != nil {
		panic(err)
	}
	if written := C.mesh_write(reply, (*C.char)(unsafe.Pointer(&text[0])), C.uint64_t(len(text))); written != C.MESH_OK {
		return written
	}
	return code
}

func problemOf(err error) Problem {
	if problem, is := errors.AsType[Problem](err); is {
		return problem
	}
	return Problem{Code: "internal", Message: err.Error()}
}

// lent is a text in C's memory; who takes it frees it.
func lent(text string) C.mesh_text {
	return C.mesh_text{ptr: C.CString(text), len: C.uint64_t(len(text))}
}

func taken(text C.mesh_text) string { return C.GoStringN(text.ptr, C.int(text.len)) }
