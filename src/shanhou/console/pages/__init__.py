"""What pages are put together from: charts, files to keep, ways back."""
