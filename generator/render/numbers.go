package render

import (
	"errors"
	"fmt"
	"math"
	"reflect"
	"strconv"
	"strings"
)

type castNamespace struct{}

func (castNamespace) ToInt(value any) (int, error) {
	n, err := toInt(value)
	return int(n), err
}
func (castNamespace) ToFloat(value any) (float64, error) { return toFloat(value) }
func (castNamespace) ToString(value any) string          { return toString(value) }

// toInt makes a whole number of a number, a text that is one, or a truth.
func toInt(value any) (int64, error) {
	switch v := plainValue(value).(type) {
	case int64:
		return v, nil
	case float64:
		if math.Abs(v) > 1<<53 || math.IsNaN(v) {
			return 0, fmt.Errorf("%v is too large for a whole number", v)
		}
		return int64(v), nil
	case string:
		if n, err := strconv.ParseInt(strings.TrimSpace(v), 0, 64); err == nil {
			return n, nil
		}
	case bool:
		if v {
			return 1, nil
		}
		return 0, nil
	case nil:
		return 0, nil
	}
	return 0, fmt.Errorf("%q is not a whole number", toString(value))
}

func toFloat(value any) (float64, error) {
	switch v := plainValue(value).(type) {
	case int64:
		return float64(v), nil
	case float64:
		return v, nil
	case string:
		if f, err := strconv.ParseFloat(strings.TrimSpace(v), 64); err == nil {
			return f, nil
		}
	case nil:
		return 0, nil
	}
	return 0, fmt.Errorf("%q is not a number", toString(value))
}

type mathNamespace struct{}

// fold calculates with all numbers from the left. Whole numbers stay whole.
func fold(operation string, args []any) (any, error) {
	if len(args) < 2 {
		return nil, fmt.Errorf("%s takes two numbers or more", operation)
	}
	result := args[0]
	for _, arg := range args[1:] {
		var err error
		if result, err = arithmetic(operation, result, arg); err != nil {
			return nil, err
		}
	}
	return result, nil
}

func arithmetic(operation string, a, b any) (any, error) {
	a, b = plainValue(a), plainValue(b)
	if x, ok := a.(string); ok && operation == "add" {
		return x + toString(b), nil
	}
	x, firstWhole := a.(int64)
	y, secondWhole := b.(int64)
	if firstWhole && secondWhole {
		switch operation {
		case "add":
			return int(x + y), nil
		case "sub":
			return int(x - y), nil
		case "mul":
			return int(x * y), nil
		}
		if y == 0 {
			return nil, errors.New("a number cannot be divided by 0")
		}
		return int(x / y), nil
	}
	f, err := toFloat(a)
	g, otherErr := toFloat(b)
	if err := errors.Join(err, otherErr); err != nil {
		return nil, err
	}
	switch operation {
	case "add":
		return f + g, nil
	case "sub":
		return f - g, nil
	case "mul":
		return f * g, nil
	}
	if g == 0 {
		return nil, errors.New("a number cannot be divided by 0")
	}
	return f / g, nil
}

func (mathNamespace) Add(args ...any) (any, error) { return fold("add", args) }
func (mathNamespace) Sub(args ...any) (any, error) { return fold("sub", args) }
func (mathNamespace) Mul(args ...any) (any, error) { return fold("mul", args) }
func (mathNamespace) Div(args ...any) (any, error) { return fold("div", args) }

func (mathNamespace) Mod(a, b any) (int64, error) {
	x, err := toInt(a)
	y, otherErr := toInt(b)
	if err := errors.Join(err, otherErr); err != nil {
		return 0, err
	}
	if y == 0 {
		return 0, errors.New("a number cannot be divided by 0")
	}
	return x % y, nil
}

func (m mathNamespace) ModBool(a, b any) (bool, error) {
	rest, err := m.Mod(a, b)
	return rest == 0, err
}

// float applies a function of one number.
func float(value any, f func(float64) float64) (float64, error) {
	x, err := toFloat(value)
	return f(x), err
}

func (mathNamespace) Abs(n any) (float64, error)   { return float(n, math.Abs) }
func (mathNamespace) Ceil(n any) (float64, error)  { return float(n, math.Ceil) }
func (mathNamespace) Floor(n any) (float64, error) { return float(n, math.Floor) }
func (mathNamespace) Log(n any) (float64, error)   { return float(n, math.Log) }
func (mathNamespace) Round(n any) (float64, error) { return float(n, math.Round) }
func (mathNamespace) Sqrt(n any) (float64, error)  { return float(n, math.Sqrt) }

func (mathNamespace) Pow(a, b any) (float64, error) {
	x, err := toFloat(a)
	y, otherErr := toFloat(b)
	return math.Pow(x, y), errors.Join(err, otherErr)
}

// numbersOf flattens numbers and lists of numbers.
func numbersOf(args []any) ([]float64, error) {
	var all []float64
	for _, arg := range args {
		items := []any{arg}
		if v := indirect(reflect.ValueOf(arg)); v.IsValid() && v.Kind() == reflect.Slice {
			items = nil
			for i := range v.Len() {
				items = append(items, v.Index(i).Interface())
			}
		}
		for _, item := range items {
			f, err := toFloat(item)
			if err != nil {
				return nil, err
			}
			all = append(all, f)
		}
	}
	if len(all) == 0 {
		return nil, errors.New("there are no numbers")
	}
	return all, nil
}

// over combines numbers and lists of numbers into one.
func over(args []any, combine func(a, b float64) float64) (float64, error) {
	all, err := numbersOf(args)
	if err != nil {
		return 0, err
	}
	result := all[0]
	for _, f := range all[1:] {
		result = combine(result, f)
	}
	return result, nil
}

func (mathNamespace) Max(args ...any) (float64, error) { return over(args, math.Max) }
func (mathNamespace) Min(args ...any) (float64, error) { return over(args, math.Min) }
func (mathNamespace) Sum(args ...any) (float64, error) {
	return over(args, func(a, b float64) float64 { return a + b })
}
func (mathNamespace) Product(args ...any) (float64, error) {
	return over(args, func(a, b float64) float64 { return a * b })
}
