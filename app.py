"""Runs the page of this checkout: `streamlit run app.py`. Once installed, `backfile serve` does the same."""

from backfile.app import main

if __name__ == "__main__":
    main()
