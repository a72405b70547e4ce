# When it happens: months of the year, and the phase of the flight.
import matplotlib.pyplot as plt

colours = {"Small": "#9ecae1", "Medium": "#4292c6", "Large": "#08519c"}
months = pd.crosstab(strikes["date"].dt.month, strikes["size"]).reindex(
    index=range(1, 13), columns=list(colours), fill_value=0
)
damaged = strikes["damage"].fillna("None") > "None"
phases = pd.crosstab(strikes["phase"], damaged).reindex(columns=[False, True], fill_value=0)
phases = phases.loc[phases.sum(axis=1).sort_values().index]

figure, (left, right) = plt.subplots(1, 2, figsize=(10, 4), layout="constrained")
months.plot.bar(ax=left, stacked=True, color=colours, width=0.85, rot=0)
left.set(title="Strikes by month, by size of the animal", xlabel="month", ylabel="reports")
left.legend(title=None)
phases.plot.barh(ax=right, stacked=True, color=["#c7c7c7", "#d6604d"], width=0.8)
right.set(title="Strikes by phase of flight", xlabel="reports", ylabel="")
right.legend(["no damage", "damage"])
for axes in (left, right):
    axes.spines[["top", "right"]].set_visible(False)
plt.show()
