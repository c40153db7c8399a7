/* Draws the charts of a page from the JSON that each carries; the table beside it says the same without a script. */
(() => {
  "use strict";

  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
  const charts = [];

  /* The house's colours, read when a chart is drawn: the theme may change while the page stands. */
  const palette = () => ["azurite", "ochre", "bad", "wait", "neutral", "good"].map(colour);

  const axisOf = (labels, ink, line) => ({
    type: "category",
    data: labels,
    axisLabel: { color: ink, interval: 0, width: 150, overflow: "truncate" },
    axisLine: { lineStyle: { color: line } },
    axisTick: { show: false },
  });

  const valueAxis = (ink, line) => ({
    type: "value",
    minInterval: 1,
    axisLabel: { color: ink },
    splitLine: { lineStyle: { color: line } },
  });

  const option = (data) => {
    const ink = colour("ink");
    const line = colour("line");
    const across = data.kind !== "lines";
    const labels = across ? [...data.labels].reverse() : data.labels;
    const series = data.series.map((one) => ({
      name: one.name,
      type: across ? "bar" : "line",
      stack: data.kind === "bars" ? "all" : undefined,
      barMaxWidth: 22,
      data: across ? [...one.values].reverse() : one.values,
      label: { show: data.kind === "steps", position: "right", color: ink },
    }));
    const places = axisOf(labels, ink, line);
    const values = valueAxis(ink, line);
    return {
      color: palette(),
      animation: !matchMedia("(prefers-reduced-motion: reduce)").matches,
      aria: { enabled: true, decal: { show: data.kind === "bars" } },
      title: { show: false, text: data.title },
      textStyle: { color: ink, fontFamily: getComputedStyle(document.body).fontFamily },
      legend: { show: data.series.length > 1, top: 0, textStyle: { color: ink } },
      /* Drawn inside the picture: the page's policy allows no style in markup. */
      tooltip: {
        trigger: "axis",
        renderMode: "richText",
        axisPointer: { type: "shadow" },
        backgroundColor: colour("surface"),
        borderColor: line,
        textStyle: { color: ink },
      },
      grid: { left: 8, right: 32, top: data.series.length > 1 ? 56 : 8, bottom: 8, containLabel: true },
      xAxis: across ? values : places,
      yAxis: across ? places : values,
      series,
    };
  };

  const draw = (figure) => {
    const data = JSON.parse(figure.dataset.chart);
    const canvas = figure.querySelector(".chart-canvas");
    figure.hidden = false;
    if (data.kind === "bars" && data.labels.length > 10) {
      canvas.classList.add("tall");
    }
    const chart = echarts.init(canvas, null, { renderer: "svg", locale: data.language === "en" ? "EN" : "ZH" });
    chart.setOption(option(data));
    canvas.setAttribute("role", "img");
    charts.push([chart, data]);
  };

  const again = () => charts.forEach(([chart, data]) => chart.setOption(option(data), true));

  document.addEventListener("DOMContentLoaded", () => {
    if (typeof echarts === "undefined") {
      return;
    }
    document.querySelectorAll("[data-chart]").forEach(draw);
    addEventListener("resize", () => charts.forEach(([chart]) => chart.resize()));
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", again);
  });
})();
