package mesh

import "time"

// Host is what a plugin may ask while it is asked something; not to be kept beyond that.
type Host interface {
	// Call asks a service ("kube.read/1") or another extension ("ca/1:NAME").
	Call(service, verb string, request, reply any) error
	// Cancelled says that the work is not wanted any more: return ErrCancelled soon.
	Cancelled() bool
}

// ReadObjects reads objects and lists (kube.read/1), all at once; the results are in the order of the reads.
func ReadObjects(host Host, reads ...Read) ([]ReadResult, error) {
	var reply KubeReadReadReply
	err := host.Call("kube.read/1", "read", KubeReadReadRequest{Reads: reads}, &reply)
	return reply.Results, err
}

// Stored gives a file that the strategy kept (store/1); found is false if there is none.
func Stored(host Host, folder, name string) (data string, found bool, err error) {
	var reply StoreGetReply
	err = host.Call("store/1", "get", StoreGetRequest{Folder: folder, Name: name}, &reply)
	return reply.Data, reply.Found, err
}

// Now is what the host takes for the present (clock/1); tests set it.
func Now(host Host) (time.Time, error) {
	var reply ClockNowReply
	err := host.Call("clock/1", "now", struct{}{}, &reply)
	if err != nil {
		return time.Time{}, err
	}
	return time.Parse(time.RFC3339, reply.Time)
}
