"""Many tenants, many people and a long audit log: what a deployment that has grown still has to do quickly."""
