// What the pages do in the browser: charts, progress, small comforts. Every page also works without.
"use strict";

const dark = () => document.documentElement.dataset.bsTheme === "dark";

function ganttSeries(option) {
  const bars = option.bars;
  const today = option.today;
  delete option.bars;
  delete option.today;
  option.series = [{
    type: "custom",
    renderItem(params, api) {
      const bar = bars[params.dataIndex];
      const from = api.coord([api.value(1), bar.row]);
      const to = api.coord([api.value(2), bar.row]);
      const height = Math.min(api.size([0, 1])[1] * 0.55, 24);
      return {type: "rect", style: {fill: bar.color},
              shape: {x: from[0], y: from[1] - height / 2, width: Math.max(to[0] - from[0], 3), height}};
    },
    encode: {x: [1, 2], y: 0},
    data: bars.map((bar) => [bar.row, bar.from, bar.to]),
    markLine: {silent: true, symbol: "none", label: {show: false},
               lineStyle: {color: "#c92a2a", type: "dashed"}, data: [{xAxis: today}]},
  }];
  return option;
}

function drawCharts() {
  if (typeof echarts === "undefined") return;
  for (const box of document.querySelectorAll("[data-chart]")) {
    const held = document.getElementById(box.dataset.chart);
    if (!held) continue;
    let option = JSON.parse(held.textContent);
    if (!option) continue;
    if (!box.offsetWidth) continue;  // left out on a narrow screen
    if (option.bars) option = ganttSeries(option);
    const drawn = echarts.init(box, dark() ? "dark" : null, {renderer: "svg"});
    option.backgroundColor = "transparent";
    option.textStyle = {fontFamily: getComputedStyle(document.body).fontFamily};
    option.animation = !matchMedia("(prefers-reduced-motion: reduce)").matches;
    drawn.setOption(option);
    new ResizeObserver(() => drawn.resize()).observe(box);
  }
}

function followJob() {
  const box = document.querySelector("[data-stream]");
  if (!box || typeof EventSource === "undefined") return;
  const stream = new EventSource(box.dataset.stream);
  const bar = box.querySelector("progress");
  const line = box.querySelector("[data-line]");
  let spoken = -1;
  stream.addEventListener("job", (event) => {
    const told = JSON.parse(event.data);
    if (told.of) {
      bar.max = told.of;
      bar.value = told.done;
      const quarter = Math.floor((4 * told.done) / told.of);
      if (quarter !== spoken) {
        spoken = quarter;
        line.textContent = `${told.what} ${told.done} / ${told.of}`;
      }
    }
    if (!["queued", "running"].includes(told.state)) {
      stream.close();
      location.reload();
    }
  });
  addEventListener("pagehide", () => stream.close());
}

function theme() {
  const button = document.querySelector("[data-theme-switch]");
  if (!button) return;
  button.hidden = false;
  button.addEventListener("click", () => {
    localStorage.setItem("theme", dark() ? "light" : "dark");
    location.reload();
  });
}

theme();
drawCharts();
followJob();
