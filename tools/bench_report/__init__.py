"""What `tools/bench` is made of: the table of targets, the runner, the judge and the documents."""
