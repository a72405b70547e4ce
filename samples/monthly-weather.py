# %% [markdown]
# Four years of Seattle's daily weather (NOAA) as a table of months. Standard library only.

# %% tags=["parameters"]
source = "data/seattle-weather.csv"
wet_day = 1.0  # mm

# %%
import csv
import statistics

with open(source, newline="") as file:
    days = list(csv.DictReader(file))
print(f"{len(days)} days, {days[0]['date']} to {days[-1]['date']}")

# %%
# Do the columns agree with each other? Dry days of rain and wet days of sun:
doubtful = [
    day["date"]
    for day in days
    if (float(day["precipitation"]) > 0) != (day["weather"] in ("rain", "drizzle", "snow"))
]
swapped = [day["date"] for day in days if float(day["temp_min"]) > float(day["temp_max"])]
print(f"{len(doubtful)} days contradict themselves, the first on {min(doubtful)}")
print(f"{len(swapped)} days are colder at their warmest")


# %%
def month_row(month):
    of_month = [day for day in days if int(day["date"][5:7]) == month]
    low = statistics.mean(float(day["temp_min"]) for day in of_month)
    high = statistics.mean(float(day["temp_max"]) for day in of_month)
    wet = sum(float(day["precipitation"]) >= wet_day for day in of_month) / len(of_month)
    return f"{month:>5} {low:>6.1f} {high:>6.1f} {wet:>8.0%}"


print("month    low   high wet days")
for month in range(1, 13):
    print(month_row(month))
