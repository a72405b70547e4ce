# What the columns say but do not mean.

# A damage of "B" or "C" stands only in military reports: a class of mishap, which is another scale.
levels = ["None", "Minor", "Medium", "Substantial"]
military = ~strikes["damage"].isin(levels)
repairs["damage on the military's scale"] = military.sum()
strikes["damage"] = pd.Categorical(strikes["damage"].mask(military), levels, ordered=True)

# "Unknown bird - small" is no species: the size has its own column. An "Unknown bird or bat" is
# always "Medium" there: a filled-in blank.
nameless = strikes["species"].str.startswith("Unknown")
repairs["species nobody could name"] = nameless.sum()
unseen = strikes["species"] == "Unknown bird or bat"
repairs["size of an animal nobody saw"] = unseen.sum()
strikes["size"] = strikes["size"].mask(unseen)
strikes["species"] = strikes["species"].mask(nameless)

# Nobody hits a bird in flight at 0 knots.
in_flight = strikes["phase"].isin(["Approach", "Climb", "Descent"])
standing = ((strikes["speed"] < slowest_flight) & in_flight).fillna(False)
repairs[f"in flight below {slowest_flight} knots"] = standing.sum()
strikes["speed"] = strikes["speed"].mask(standing)

# A damaged aircraft that cost 0 is one whose bill nobody reported.
unbilled = (strikes["damage"] > "None") & (strikes["cost"] == 0)
repairs["damaged, and no cost given"] = unbilled.sum()
strikes["cost"] = strikes["cost"].astype("Int64").mask(unbilled)

# Footnote stars, missing blanks, and an operator named "UNKNOWN".
operator = strikes["operator"].str.rstrip("*")
operator = operator.str.replace(r"(?<=[A-Z])AIRLINES", " AIRLINES", regex=True)
repairs["operator with a star or a missing blank"] = (operator != strikes["operator"]).sum()
unnamed = operator == "UNKNOWN"
repairs["operator unknown"] = unnamed.sum()
strikes["operator"] = operator.mask(unnamed)

# "INTL", "ARPT", "AIRPORT", both or none: the name without them is enough.
kind = r"(?:[ /](?:INTL|ARPT|AIRPORT))+(?= \(|$)"
airport = strikes["airport"].str.replace(kind, "", regex=True)
repairs["airport with its kind in its name"] = (airport != strikes["airport"]).sum()
strikes["airport"] = airport

if size != "any":
    strikes = strikes[strikes["size"] == size]
print(f"{sum(repairs.values())} repairs; {len(strikes)} reports to count")
