"""Mapping files: how a company's own export becomes our tables; see ``keys`` for what they may say."""
