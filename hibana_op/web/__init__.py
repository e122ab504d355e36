"""Floor 4: where HTTP begins and ends: headers, pages, cookies, languages."""
