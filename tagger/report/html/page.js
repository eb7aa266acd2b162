"use strict";
{
  const page = JSON.parse(document.getElementById("plots").textContent);
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const template = () => page.templates[dark.matches ? "dark" : "light"];
  const settings = { responsive: true, displaylogo: false };
  const places = page.plots.map((plot, number) => {
    const place = document.getElementById(`plot-${number}`);
    Plotly.newPlot(place, plot.data, { ...plot.layout, template: template() }, settings);
    const chooser = document.getElementById(`choose-${number}`);
    const choose = () => {
      const chosen = plot.options[chooser.selectedIndex];
      Plotly.update(place, chosen.data, chosen.layout);
    };
    // A browser that comes back to the page remembers what was chosen.
    if (chooser && chooser.selectedIndex > 0) choose();
    chooser?.addEventListener("change", choose);
    return place;
  });
  dark.addEventListener("change", () => places.forEach((place) => Plotly.relayout(place, { template: template() })));
}
