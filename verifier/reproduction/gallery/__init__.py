"""The figures drawn, and the page that shows them beside what was published."""
