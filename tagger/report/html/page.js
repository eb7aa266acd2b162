"use strict";
{
  const page = JSON.parse(document.getElementById("plots").textContent);
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const template = () => page.templates[dark.matches ? "dark" : "light"];
  const config = { responsive: true, displaylogo: false };
  const elements = page.plots.map((plot, number) => {
    const element = document.getElementById(`plot-${number}`);
    Plotly.newPlot(element, plot.data, { ...plot.layout, template: template() }, config);
    const selector = document.getElementById(`choose-${number}`);
    const update = () => {
      const choice = plot.options[selector.selectedIndex];
      Plotly.update(element, choice.data, choice.layout);
    };
    // Browsers restore the choice when they return to the page.
    if (selector && selector.selectedIndex > 0) update();
    selector?.addEventListener("change", update);
    return element;
  });
  dark.addEventListener("change", () => elements.forEach((element) => Plotly.relayout(element, { template: template() })));
}
