# Names that code can use, one row a report, and a type for every column.
strikes = raw.rename(
    columns={
        "Airport Name": "airport",
        "Aircraft Make Model": "aircraft",
        "Effect Amount of damage": "damage",
        "Flight Date": "date",
        "Aircraft Airline Operator": "operator",
        "Origin State": "state",
        "Phase of flight": "phase",
        "Wildlife Size": "size",
        "Wildlife Species": "species",
        "Time of day": "daytime",
        "Cost Other": "other_cost",
        "Cost Repair": "repair_cost",
        "Cost Total $": "cost",
        "Speed IAS in knots": "speed",
    }
)
repairs = {}  # what was wrong: how many reports had it

twice = strikes.duplicated()
repairs["reported twice, word for word"] = twice.sum()
strikes = strikes[~twice].reset_index(drop=True)

loose = strikes["aircraft"].str.contains("  ")
repairs["aircraft with stray blanks"] = loose.sum()
strikes["aircraft"] = strikes["aircraft"].str.split().str.join(" ")

strikes["date"] = pd.to_datetime(strikes["date"], format="%Y-%m-%d")
for column in ("other_cost", "repair_cost", "cost"):
    strikes[column] = pd.to_numeric(strikes[column])
repairs["speed left empty"] = (strikes["speed"] == "").sum()
strikes["speed"] = pd.to_numeric(strikes["speed"].replace("", None)).astype("Int64")
for column in ("phase", "size", "daytime", "state"):
    strikes[column] = strikes[column].astype("category")

print(f"{len(strikes)} reports left of {len(raw)}")
