package metrics

import (
	"errors"
	"io/fs"
	"os"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
)

// Recall takes over, from the file of an earlier command, when commands last
// ended well. A file that is not there, or is none of ours, says nothing.
func (m *Meter) Recall(path string) error {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer f.Close()
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(f)
	if err != nil {
		return nil
	}
	for _, metric := range families[lastName].GetMetric() {
		if g, err := m.last.GetMetricWith(labelsOf(metric)); err == nil {
			g.Set(metric.GetGauge().GetValue())
		}
	}
	return nil
}

func labelsOf(metric *dto.Metric) prometheus.Labels {
	all := make(prometheus.Labels)
	for _, l := range metric.GetLabel() {
		all[l.GetName()] = l.GetValue()
	}
	return all
}

// Write replaces the file as a whole. Everybody may read it: there are no
// people in it, and the node exporter is another user.
func (m *Meter) Write(path string) error {
	return prometheus.WriteToTextfile(path, m.registry)
}
