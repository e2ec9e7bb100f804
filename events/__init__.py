"""What happened on a stream: types, storage, publishing, the live bus and the ingest loop."""
