package mesh

import "errors"

// A Problem is an error that reaches the operator as it is; any other error becomes one of the code "failed".
func (problem *Problem) Error() string { return problem.Message }

// Refuse makes the Problem of an input that cannot be used, with what to do about it.
func Refuse(message, hint string) *Problem {
	return &Problem{Code: "invalid-input", Message: message, Hint: hint}
}

// These two are answered by a code of their own and not by a document.
var (
	ErrUnsupported = errors.New("unknown extension, service or verb")
	ErrCancelled   = errors.New("the run was cancelled, or its time is up")
)

func problemOf(err error) *Problem {
	var problem *Problem
	if errors.As(err, &problem) {
		return problem
	}
	return &Problem{Code: "failed", Message: err.Error()}
}
